package library

import (
	"math"
	"math/big"
	"reflect"

	"wshd/plugins/script/value"
)

// numberSizes are those of what is given numbers.
func numberSizes() map[string]fact {
	bigInt := func(v reflect.Value) *big.Int { i, _ := v.Interface().(*big.Int); return i }
	return joined(
		counted(0, 8, "math/rand.Perm", "math/rand/v2.Perm"),
		counted(1, 8, "(*math/rand.Rand).Perm", "(*math/rand/v2.Rand).Perm"),
		counted(0, 48, "container/ring.New"),
		counted(0, 128, "crypto/tls.NewLRUClientSessionCache"),
		counted(1, 1, "crypto/sha3.SumSHAKE128", "crypto/sha3.SumSHAKE256", "(*"+WSH+".Request).ReadRaw", "(*math/big.Float).SetPrec"),
		counted(1, 64, WSH+".NewMessageSender"),
		counted(2, 1, "strconv.FormatFloat", "(*math/big.Float).Text"),
		counted(3, 1, "strconv.AppendFloat", "(*math/big.Float).Append"),
		counted(1, 1, "(*math/big.Rat).FloatString"),
		each(asks(func(a []reflect.Value) (uint64, uint64) { return count(a[2]) / 8, 1 }), "(*math/big.Int).Lsh", "(*math/big.Int).SetBit"),
		each(asks(func(a []reflect.Value) (uint64, uint64) {
			f, _ := a[0].Interface().(*big.Float)
			if f == nil || f.IsInf() {
				return 0, 0
			}
			return uint64(max(f.MantExp(nil), -f.MantExp(nil))), 1
		}), "(*math/big.Float).Int", "(*math/big.Float).Rat"),
		map[string]fact{
			"(*math/big.Int).Exp": {asks: powerSize},
			"(*math/big.Int).MulRange": {asks: func(a []reflect.Value) (uint64, uint64) {
				if a[1].Int() > a[2].Int() || a[1].Int() <= 0 && a[2].Int() >= 0 {
					return 0, 0 // one, or zero
				}
				return uint64(a[2].Int()-a[1].Int()) + 1, 8 * slowly
			}},
			"(*math/big.Int).Binomial": {asks: func(a []reflect.Value) (uint64, uint64) {
				return count(reflect.ValueOf(min(a[2].Int(), a[1].Int()-a[2].Int()))), 8 * slowly
			}},
			"(*math/big.Int).ProbablyPrime":    {asks: func(a []reflect.Value) (uint64, uint64) { return count(a[1]), slowly * slowly }},
			"(*math/big.Int).Sqrt":             {asks: func(a []reflect.Value) (uint64, uint64) { return bitsOf(bigInt(a[1])), slowly }},
			"crypto/rand.Prime":                keyBits(1),
			"crypto/rsa.GenerateKey":           keyBits(1),
			"crypto/rsa.GenerateMultiPrimeKey": keyBits(2),
			"text/tabwriter.NewWriter":         cells(1),
			"(*text/tabwriter.Writer).Init":    cells(2),
		},
	)
}

// slowly is what a byte counts for that takes long to be computed.
const slowly = 1 << 10

func bitsOf(x *big.Int) uint64 {
	if x == nil {
		return 0
	}
	return uint64(x.BitLen())
}

// keyBits is the fact of what finds primes: nobody has keys that are longer, and they take for ever.
func keyBits(i int) fact {
	return fact{nests: func(a []reflect.Value) {
		if a[i].Int() > 1<<14 {
			panic(value.PlainError("a key or prime of more than 16384 bits is not open to scripts: to find it takes for ever"))
		}
	}}
}

// cells is the fact of what fills up columns, from the i-th argument on.
func cells(i int) fact {
	return fact{nests: func(a []reflect.Value) {
		for _, width := range a[i : i+3] {
			if width.Int() > 1<<16 {
				panic(value.PlainError("columns wider than 65536 are not open to scripts: they would fill the memory"))
			}
		}
	}}
}

// powerSize is that of a power of big integers, unless there is a modulus.
func powerSize(args []reflect.Value) (n, size uint64) {
	x, _ := args[1].Interface().(*big.Int)
	y, _ := args[2].Interface().(*big.Int)
	if m, _ := args[3].Interface().(*big.Int); x == nil || y == nil || x.BitLen() < 2 || y.Sign() <= 0 || m != nil && m.Sign() != 0 {
		return 0, 0
	}
	if !y.IsUint64() {
		return math.MaxUint64, math.MaxUint64
	}
	return y.Uint64() / 8, uint64(x.BitLen())
}
