package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// testPages takes the pages that wshd brings.
func testPages(t *testing.T, b *browserProcess, program string) {
	r := serveExamples(t, program, "0")
	at := "http://localhost:" + r.port + "/"
	fromDisk := func(page string) string {
		file, err := filepath.Abs("../../scripts/" + page)
		if err != nil {
			t.Fatal(err)
		}
		return "file://" + file + "?server=localhost:" + r.port
	}
	t.Run("served", func(t *testing.T) { testEachPage(t, b, func(page string) string { return at + page }) })
	t.Run("from disk", func(t *testing.T) { testEachPage(t, b, fromDisk) })
}

// testEachPage takes all pages, at the addresses that open makes of their names.
func testEachPage(t *testing.T, b *browserProcess, open func(page string) string) {
	t.Run("start", func(t *testing.T) { testStartPage(t, b, open("index.html")) })
	t.Run("console", func(t *testing.T) { testConsole(t, b, open("console.html")) })
	t.Run("console's rows", func(t *testing.T) { testConsoleRows(t, b, open("console.html")) })
	t.Run("echo", func(t *testing.T) { testEchoPage(t, b, open("echo.html")) })
	t.Run("broadcast", func(t *testing.T) { testBroadcastPage(t, b, open("broadcast.html")) })
	t.Run("chat", func(t *testing.T) { testChatPage(t, b, open("chat.html")) })
	t.Run("tracker", func(t *testing.T) { testTrackerPage(t, b, open("tracker.html")) })
	t.Run("one URL", func(t *testing.T) { testHTTPEchoPage(t, b, open("httpecho.html")) })
	t.Run("polling", func(t *testing.T) { testPollingPage(t, b, open("polling.html")) })
}

func testStartPage(t *testing.T, b *browserProcess, address string) {
	p := b.open(t, address)
	p.sees("#state", "connected to ")
	p.fill("#text", "你好")
	p.click("#send")
	p.sees("#answer", "你好 came back after")
	p.sees(".nav a[aria-current]", "Start")
	if !strings.HasPrefix(address, "http:") {
		p.wantNoProblems()
		return // pages from disk, and those behind a proxy, are not told what is served
	}
	p.sees(`.example[data-path="/echo"]`, "Echo sends every message back as it came")
	p.sees(`.example[data-path="/httpecho"]`, "ServeHTTP")
	p.follow(`.example[data-path="/close"] a`) // to the console, with the path and a message filled in
	p.until(`document.querySelector("#address").value === "/close"`, "[location.href]")
	p.click("#connect")
	p.sees("#log li", "open, subprotocol none")
	p.click("#send")
	p.sees("#log li", "closed with 3333: sun")
	p.wantNoProblems()
}

func testConsole(t *testing.T, b *browserProcess, address string) {
	p := b.open(t, address)
	p.until(`document.querySelectorAll("#choice option").length >= 19`, "[document.title]")
	if strings.HasPrefix(address, "http:") {
		p.sees("#about", "Echo sends every message back as it came, text as text and binary as binary, until the client closes")
	}
	p.fill("#choice", "/hsts")
	p.until(`document.querySelector("#choice").dispatchEvent(new Event("change"))`, "[document.title]")
	p.until(`document.querySelector("#address").value === "/hsts"`, "[document.querySelector('#address').value]")
	p.fill("#address", "/echo")
	p.click("#connect")
	p.sees("#log li", "open, subprotocol none")
	p.fill("#text", "<b>发送数据</b>")
	p.click("#send")
	p.sees("#log .out", "<b>发送数据</b>")
	p.sees("#log .in", "<b>发送数据</b>")
	p.sees("#log .in .size", "19 B")
	p.sees("#log .in .size small", " ms")

	p.fill("#kind", "hex")
	p.fill("#text", "08 06 07 5")
	p.click("#send")
	p.sees("#complaint", "Bytes in hex are pairs")
	p.fill("#text", "08 06 07 05 03 00 09")
	p.click("#send")
	p.sees("#log .in .hex", "000000  08 06 07 05 03 00 09")
	p.sees("#totals", "sent 2 (26 B)  ← received 2 (26 B)")

	file := filepath.Join(t.TempDir(), "letters.txt")
	if err := os.WriteFile(file, []byte(strings.Repeat("0123456789abcdef", 300)), 0o600); err != nil {
		t.Fatal(err)
	}
	p.click(".more:first-of-type summary")
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	p.click("#sendfile")
	p.sees("#log .in .size", "4,800 B")
	p.sees("#log .in .hex", "000000  30 31")
	p.sees("#log .in .hex", "704 B more")

	p.click(".more:last-of-type summary")
	p.fill("#code", "4000")
	p.fill("#reason", "enough")
	p.click("#close")
	p.sees("#log li", "closed with 1000, normal") // echo answers as every handler without a hook does
	p.fill("#address", "/close")
	p.click("#connect")
	p.until(`document.querySelector("#close:not([disabled])")`, "[document.body.textContent]")
	p.click("#close")
	p.sees("#log li", "closed with 4000: enough")

	p.fill("#address", "/chat?name=Ann")
	p.fill("#protocols", "other, chat")
	p.click("#connect")
	p.sees("#log li", "open, subprotocol chat")
	p.sees("#log .in", `{"type": "join", "name": "Ann", "present": ["Ann"]}`)
	p.wantNoProblems()
	p.fill("#address", "/nothing/there")
	p.click("#connect")
	p.sees("#log .bad", "closed with 1006")
	if !strings.HasPrefix(address, "http") {
		return // pages from disk are not told more
	}
	p.sees("#log .bad", "nothing is served here")
	p.fill("#address", "/chat")
	p.fill("#protocols", "other")
	p.click("#connect")
	p.sees("#log .bad", "the handshake was refused: wshd's log says why")
}

// testConsoleRows takes what the console does with the messages that it has.
func testConsoleRows(t *testing.T, b *browserProcess, address string) {
	p := b.open(t, address)
	p.click("#connect")
	p.sees("#log li", "open, subprotocol none")
	say := func(text string) {
		p.fill("#text", text)
		p.click("#send")
		p.until(fmt.Sprintf("log.rows.filter(r => r.way === 'in' && r.text === %s).length", quote(text)), "[document.body.innerText]")
	}
	say("first")
	say(`{"id": 12345678901234567890, "list": [1, [], {}], "text": "a \" b"}`)
	say("second")
	p.sees("#log .out .json pre", "{\n  \"id\": 12345678901234567890,\n  \"list\": [\n    1,\n    [],\n    {}\n  ],\n  \"text\": \"a \\\" b\"\n}")

	for range 2 { // "second" stands there already; up from it is the JSON, and once more "first"
		p.do(chromedp.SendKeys(chromedp.CSS("#text"), kb.ArrowUp))
	}
	p.until(`document.querySelector("#text").value === "first"`, `[document.querySelector("#text").value]`)
	p.do(chromedp.SendKeys(chromedp.CSS("#text"), kb.ArrowDown))
	p.until(`document.querySelector("#text").value.startsWith("{")`, `[document.querySelector("#text").value]`)

	rows := func(n int) {
		t.Helper()
		p.until(fmt.Sprintf(`document.querySelectorAll("#log li").length === %d`, n), "[document.querySelector('#log').innerText]")
	}
	p.edit("#search", "input", "SECOND")
	rows(2)
	p.sees("#log mark", "second")
	p.edit("#show", "change", "out")
	rows(1)
	p.edit("#search", "input", "")
	rows(3)
	p.edit("#show", "change", "")
	rows(8)

	p.click("#pause")
	say("third")
	rows(8)
	p.sees("#totals", "paused, 2 more")
	p.click("#pause")
	rows(10)
	p.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#log .out button")].find(b => b.textContent === "again").click()`))
	p.until(`log.rows.filter(r => r.way === "in" && r.text === "first").length === 2`, "[document.querySelector('#log').innerText]")
	p.do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#log .in button")].find(b => b.textContent === "frame").click()`))
	p.sees("#log .in .frame", "81 05 | 66 69 72 73 74")
	p.until(`JSON.parse(log.rows.find(r => r.way === "in").line()).text === "first"`, "[log.rows[3].line()]")

	p.do(chromedp.Evaluate[chromedp.Void](`for (let i = 0; i < 5100; i++) log.event("row " + i); count()`))
	rows(5000)
	p.sees("#totals", "the last 5,000 rows are kept, 112 are gone")
	p.wantNoProblems()
}

func testEchoPage(t *testing.T, b *browserProcess, address string) {
	p := b.open(t, address)
	p.sees("#log li", "open")
	p.click("#send")
	p.sees("#log .in", "Hello, wshd")
	p.click("#bytes")
	p.sees("#log .in .hex", "08 06 07 05 03 00 09")
	p.fill("#text", "Goodbye")
	p.click("#send")
	p.sees("#log li", "closed with 1000, normal")
	p.sees("#connect", "Connect")
	p.wantNoProblems()
}

func testBroadcastPage(t *testing.T, b *browserProcess, address string) {
	one, two := b.open(t, address), b.open(t, address)
	for _, p := range []*tab{one, two} {
		p.sees("#state", "connected")
		p.fill("#text", "I am here")
		p.click("#send")
		p.sees("#log .in", "I am here")
	}
	one.fill("#text", "hello from one")
	one.click("#send")
	two.sees("#log .in", "hello from one")
	two.fill("#text", "hello from two")
	two.click("#send")
	one.sees("#log .in", "hello from two")
	one.sees("#log .in", "hello from one")
	one.wantNoProblems()
	two.wantNoProblems()
}

func testChatPage(t *testing.T, b *browserProcess, address string) {
	enter := func(name string) *tab {
		p := b.open(t, address)
		p.fill("#name", name)
		p.click("#enter button")
		p.sees("#present .me", name+" (you)")
		return p
	}
	ann := enter("Ann")
	bob := enter("Bob <b>")
	ann.sees("#present li", "Bob <b>")
	bob.sees("#present li", "Ann")
	bob.fill("#text", "hello, Ann")
	bob.click("#send")
	bob.sees("#said .mine", "hello, Ann")
	ann.sees("#said li:not(.mine)", "Bob <b>hello, Ann")
	bob.click("#go")
	ann.sees("#said .news", "Bob <b> left")
	ann.until(`document.querySelectorAll("#present li").length === 1`, `[document.querySelector("#present").textContent]`)
	bob.until(`!document.querySelector("#entrance").hidden`, "[document.body.textContent]")
	ann.wantNoProblems()
	bob.wantNoProblems()
}

func testTrackerPage(t *testing.T, b *browserProcess, address string) {
	one := b.open(t, address)
	one.sees("#state", "connected")
	one.sees("#nobody", "Nobody has moved yet")
	one.until(`document.querySelector("#map .land")`, "[document.body.textContent]")
	one.click("#walk")
	one.sees("#rows tr", "Me")
	two := b.open(t, address) // is told at once where the other is
	two.until(`document.querySelectorAll("#map circle.place").length === 1`, "[document.body.textContent]")
	two.click("#walk")
	for _, p := range []*tab{one, two} {
		p.until(`document.querySelectorAll("#map circle.place").length === 2`, "[document.body.textContent]")
		p.until(`document.querySelectorAll("#rows tr").length === 2`, "[document.body.textContent]")
		p.sees("#map .who", "Me")
		p.until(`[...document.querySelectorAll("#map .trail")].every(e => e.getAttribute("points").split(" ").length > 2)`, "[document.title]")
		p.wantNoProblems()
	}
}

func testHTTPEchoPage(t *testing.T, b *browserProcess, address string) {
	p := b.open(t, address)
	p.fill("#text", "a & b 你好")
	p.click("#ask")
	p.sees("#answers .in", "a & b 你好")
	p.click("#connect")
	p.sees("#log li", "open")
	p.click("#send")
	p.sees("#log .in", "a & b 你好这是你发来的。。。")
	p.click("#close")
	p.sees("#log li", "closed with 1000")
	p.wantNoProblems()
}

func testPollingPage(t *testing.T, b *browserProcess, address string) {
	p := b.open(t, address)
	figure := func(row, column string) string {
		return `Number(document.querySelector("#figures tr:nth-child(` + row + `) td:nth-child(` + column + `)").textContent.replace(/[^0-9.]/g, ""))`
	}
	tell := `[document.querySelector("#figures").innerText]`
	const each, seen, late, answer = "2", "5", "7", "8"
	const poll, push = "2", "3"
	p.until(figure(seen, poll)+" >= 2 && "+figure(seen, push)+" >= 2", tell)
	p.until(figure(each, poll)+" > 200 && "+figure(each, push)+" === 2", tell)
	p.until(figure(late, poll)+" > 0 && "+figure(answer, poll)+" > 0 && "+figure(answer, push)+" > 0", tell)
	p.until(`document.querySelector("#bytes path.poll") && document.querySelector("#bytes path.push")`, "[document.title]")
	p.until(`document.querySelector("#late circle.poll") && document.querySelector("#late circle.push")`, "[document.title]")
	p.sees("#scale tr", "100,000")
	p.sees("#scale td", "665")
	p.wantNoProblems()
}
