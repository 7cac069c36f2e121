package stream

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

// talker makes of bytes what a client may say, and now and then what it may not: bytes at random make
// hardly ever more than one message. Whether what comes of it is right is the oracle's to say.
type talker struct {
	program []byte
	out     []byte
	z       zclient
	deflate bool
	cut     bool // no context takeover
}

// next is the next byte of the program, or 0.
func (k *talker) next() (b byte) {
	if len(k.program) > 0 {
		b, k.program = k.program[0], k.program[1:]
	}
	return b
}

// noise cannot be compressed, so that it fills the window.
var noise = func() string {
	b := make([]byte, 48<<10)
	rand.NewChaCha8([32]byte{}).Read(b)
	return base64.StdEncoding.EncodeToString(b)
}()

// words is a payload, much of which has been in one before.
func (k *talker) words() string {
	b := k.next()
	if b&7 == 7 {
		return noise[int(b)*200:][:3000]
	}
	vocabulary := []string{"", "a", "hello ", "漢字", "\x00\x7f", "😀", "the same words again, "}
	return strings.Repeat(vocabulary[b&7], int(b>>3&7)) + vocabulary[b>>6]
}

func (k *talker) say(first byte, payload string) { k.out = append(k.out, masked(first, payload)...) }

// pieces says a message in fragments, with control frames among them.
func (k *talker) pieces(first byte, payload string) {
	for n := k.next() % 4; n > 0; n-- {
		at := int(k.next()) % (len(payload) + 1)
		k.say(first&^0x80, payload[:at])
		first, payload = 0x80, payload[at:]
		if b := k.next(); b&1 != 0 {
			k.say(0x89+(b>>1&1), string(rune('a'+b%26)))
		}
	}
	k.say(first|0x80, payload)
}

// deflated is a message's payload, made of one block or two, the first of them final or not.
func (k *talker) deflated() string {
	how := k.next()
	if k.cut && k.z.w != nil {
		k.z.w.Reset(&k.z.out)
	}
	switch how % 8 {
	case 0:
		return final(k.words()) + "\x00"
	case 1:
		return k.z.compress(k.words()) + "\x00\x00\xff\xff" + k.z.compress(k.words())
	case 2:
		return k.z.compress(k.words()) + "\x00\x00\xff\xff" + final(k.words())
	case 3: // which points further back than it knows
		return final(k.words()) + k.z.compress(k.words())
	}
	return k.z.compress(k.words())
}

// wrong says what is wrong, or the last that is said.
func (k *talker) wrong(how byte) {
	switch how >> 4 % 8 {
	case 0:
		k.say(k.next(), k.words())
	case 1:
		k.say(0x88, "\x03\xe8"+k.words())
	case 2: // some are missing
		k.out = k.out[:max(0, len(k.out)-int(k.next())%8)]
	case 3:
		k.say(0x81, "\xff"+k.words())
	default: // a bit
		if at := len(k.out) - 1 - int(k.next()); at >= 0 {
			k.out[at] ^= 1 << (how & 7)
		}
	}
}

// talk is all that the program says.
func (k *talker) talk() []byte {
	for len(k.program) > 0 {
		op := k.next()
		kind := 1 + op>>7 // text or binary
		switch op % 16 {
		default:
			if k.deflate {
				k.pieces(0x40|kind, k.deflated())
			}
		case 0, 1, 2:
			k.pieces(kind, k.words())
		case 3:
			k.say(0x89, string(rune(op)))
		case 4:
			if k.next() < 16 {
				k.wrong(op)
			}
		}
	}
	return k.out
}

// FuzzTalks is FuzzFrames for what clients say, in many messages: compressed with a window that is kept,
// in fragments, with control frames between them.
func FuzzTalks(f *testing.F) {
	rnd := rand.New(rand.NewPCG(6455, 7692))
	for range 20 {
		f.Add(randomProgram(rnd), byte(rnd.Uint32()))
	}
	f.Fuzz(func(t *testing.T, program []byte, flags byte) {
		if len(program) > 1000 {
			return
		}
		k := talker{program: program, deflate: flags&1 != 0, cut: flags&2 != 0}
		againstOracle(t, k.talk(), flags)
	})
}

func randomProgram(rnd *rand.Rand) []byte {
	program := make([]byte, 10+rnd.IntN(150))
	for i := range program {
		program[i] = byte(rnd.Uint32())
	}
	return program
}

func TestTalksAtRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	messages, whole := 0, 0
	for range 80 {
		program, flags := randomProgram(rnd), byte(rnd.Uint32())
		k := talker{program: program, deflate: flags&1 != 0, cut: flags&2 != 0}
		n, code := againstOracle(t, k.talk(), flags)
		messages += n
		if code == 0 {
			whole++
		}
		if t.Failed() {
			t.Fatalf("program %x, flags %d", program, flags)
		}
	}
	if messages < 600 || whole < 15 {
		t.Errorf("%d messages were received, and %d talks were good to their end", messages, whole)
	}
}
