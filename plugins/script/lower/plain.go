package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// plainCall writes the call of a function of the script.
func (c *compiler) plainCall(in *ssa.Call) bool {
	fn, ok := in.Call.Value.(*ssa.Function)
	if !ok || fn.Blocks == nil || c.isIntrinsic(fn) {
		return false
	}
	code := c.Program.code(fn)
	for _, p := range code.params {
		if k := p.rt.Kind(); k >= reflect.Float32 && k <= reflect.Complex128 || k == reflect.Array || k == reflect.Struct {
			return false // yaegi does not pass on arguments that equal zero, as -0 does
		}
	}
	args := []string{"g", "d+1"}
	if code.takesOf {
		switch {
		case c.code.takesOf && c.fn.Synthetic != "":
			args = append(args, "of")
		default:
			args = append(args, "rt.NoFrame")
		}
	}
	for _, a := range in.Call.Args {
		args = append(args, c.name(a))
	}
	call := fmt.Sprintf("F%d(%s)\n", code.number, strings.Join(args, ", "))
	switch len(code.results) {
	case 0:
		c.write("%s", call)
	case 1:
		c.write("%s = %s", c.name(in), call)
	default:
		c.plainResults(in, call)
	}
	return true
}

// plainResults writes a call with several results, each into a variable of its own: the tuple that
// they are in go/ssa is never made.
func (c *compiler) plainResults(in *ssa.Call, call string) {
	tuple := in.Type().(*types.Tuple)
	temps := make([]string, tuple.Len())
	for _, r := range *in.Referrers() {
		if e, ok := r.(*ssa.Extract); ok && temps[e.Index] == "" {
			temps[e.Index] = c.name(e)
			c.done[e] = true
		}
	}
	for i := range temps {
		if temps[i] == "" {
			temps[i] = c.variable(tuple.At(i).Type())
		}
	}
	c.write("%s = %s", strings.Join(temps, ", "), call)
	for _, r := range *in.Referrers() {
		if e, ok := r.(*ssa.Extract); ok && !c.done[e] {
			c.done[e] = true
			c.write("%s = %s\n", c.name(e), temps[e.Index])
		}
	}
}

var plainOps = []token.Token{token.ADD, token.SUB, token.MUL, token.AND, token.OR, token.XOR, token.AND_NOT,

	token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}

// plainBinOp writes an operation that the interpreter does rightly.
func (c *compiler) plainBinOp(in *ssa.BinOp) bool {
	k := c.rtype(in.X.Type()).Kind()
	isInt := k >= reflect.Int && k <= reflect.Uintptr
	isReal := k == reflect.Float32 || k == reflect.Float64
	if !slices.Contains(plainOps, in.Op) || !isInt && !isReal && k != reflect.String || c.rtype(in.Y.Type()).Kind() != k {
		return false
	}
	_, constX := in.X.(*ssa.Const)
	_, constY := in.Y.(*ssa.Const)
	if constX && constY {
		return false
	}
	c.write("%s = %s %s %s\n", c.name(in), c.name(in.X), strings.Replace(in.Op.String(), "AND_NOT", "&^", 1), c.name(in.Y))
	return true
}
