// > 1+2*(3-%d)-8/4
// < (((1+(2*(3-%d)))-(8/4)))
// > 2*(3+4)*5
// < 70
// > 7/(%d-%d)
// < runtime error: integer divide by zero
// > 3+*
// < at 3: unexpected "*"
package main

import (
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

type expr interface {
	eval() int
	fmt.Stringer
}

type num int

func (n num) eval() int      { return int(n) }
func (n num) String() string { return strconv.Itoa(int(n)) }

type binary struct {
	op   byte
	l, r expr
}

var ops = map[byte]func(a, b int) int{
	'+': func(a, b int) int { return a + b },
	'-': func(a, b int) int { return a - b },
	'*': func(a, b int) int { return a * b },
	'/': func(a, b int) int { return a / b },
}

func (b *binary) eval() int      { return ops[b.op](b.l.eval(), b.r.eval()) }
func (b *binary) String() string { return fmt.Sprintf("(%v%c%v)", b.l, b.op, b.r) }

type syntaxError struct {
	at   int
	what string
}

func (e syntaxError) Error() string { return fmt.Sprintf("at %d: unexpected %q", e.at, e.what) }

type parser struct {
	s  string
	at int
}

func (p *parser) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

func (p *parser) level(next func() expr, ops string) expr {
	l := next()
	for p.peek() != 0 && strings.IndexByte(ops, p.peek()) >= 0 {
		op := p.peek()
		p.at++
		l = &binary{op, l, next()}
	}
	return l
}

func (p *parser) sum() expr     { return p.level(p.product, "+-") }
func (p *parser) product() expr { return p.level(p.factor, "*/") }

func (p *parser) factor() expr {
	start := p.at
	if p.peek() == '(' {
		p.at++
		e := p.sum()
		p.at++
		return e
	}
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.at++
	}
	n, err := strconv.Atoi(p.s[start:p.at])
	if err != nil {
		panic(syntaxError{p.at + 1, string(p.peek())})
	}
	return num(n)
}

func calculate(s string) (out string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case syntaxError:
			out = r.Error()
		case error:
			out = fmt.Sprint(r)
		}
	}()
	e := (&parser{s: s}).sum()
	if v := e.eval(); strings.HasPrefix(s, "1") {
		return fmt.Sprintf("(%v)", e)
	} else {
		return strconv.Itoa(v)
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendText(calculate(m.Text())) })
}
