package main

import (
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const mapFile = "../../scripts/handler_map.txt"

// testTutorials takes the pages that tutorials print.
func testTutorials(t *testing.T, b *browserProcess, program string) {
	t.Run("first page from disk", func(t *testing.T) {
		testAlerts(t, b, program, "first.html", "9998", "发送数据")
	})
	t.Run("second page from disk", func(t *testing.T) {
		testAlerts(t, b, program, "second.html", "10000", "some data, such as abcde 12345")
	})
	t.Run("book", func(t *testing.T) {
		r := serveExamples(t, program, "8080", "-m", mapFile)
		t.Run("echo", func(t *testing.T) { testBookEcho(t, b, r) })
		t.Run("broadcast", func(t *testing.T) { testBookBroadcast(t, b, r) })
		t.Run("tracker", func(t *testing.T) { testBookTracker(t, b, r) })
		t.Run("start page", func(t *testing.T) {
			b.open(t, "http://localhost:"+r.port+"/").sees("h1", "Drop a Go file in a folder")
		})
	})
	t.Run("one URL", func(t *testing.T) { testOneURL(t, b, serveExamples(t, program, "8000", "-m", mapFile)) })
}

// testAlerts is the first thing that a newcomer sees: a page from disk gets its message back, and
// notices when the server ends.
func testAlerts(t *testing.T, b *browserProcess, program, name, port, text string) {
	r := serveExamples(t, program, port)
	p := b.open(t, tutorial(t, name, port, r))
	p.click("#sse a")
	p.wantAlert("WebSocket is here")
	p.wantAlert("sent")
	p.wantAlert("received " + text)
	r.stop()
	p.wantAlert("closed")
	p.wantNoProblems()
}

func testBookEcho(t *testing.T, b *browserProcess, r *running) {
	p := b.open(t, overHTTP(t, tutorial(t, "websocket.html", "8080", r)))
	p.sees("p", "text: thank you for accepting this WebSocket request")
	p.sees("p", "bytes: 8 6 7 5 3 0 9")
	p.sees("p", "protocol: proto1")
	p.click("#sendButton")
	p.sees("p", "text: Hello, WebSocket!")
	p.wantNoProblems()
}

func testBookBroadcast(t *testing.T, b *browserProcess, r *running) {
	file := tutorial(t, "broadcast.html", "8080", r)
	one, two := b.open(t, overHTTP(t, file)), b.open(t, file)
	for _, p := range []*tab{one, two} {
		p.sees("p", "open")
	}
	// The handshake is over before the handler has joined its room; its own message tells that it has.
	for _, p := range []*tab{one, two} {
		p.click("#sendButton")
		p.sees("p", "Hello, everyone!")
	}
	one.fill("#inputMessage", "from one")
	one.click("#sendButton")
	two.fill("#inputMessage", "from two")
	two.click("#sendButton")
	for _, p := range []*tab{one, two} {
		p.sees("p", "from one")
		p.sees("p", "from two")
		p.wantNoProblems()
	}
}

func testBookTracker(t *testing.T, b *browserProcess, r *running) {
	address := overHTTP(t, tutorial(t, "tracker.html", "8080", r))
	one, two := b.locate(t, 47.37, 8.54), b.locate(t, -33.86, 151.21)
	one.do(chromedp.Navigate(address))
	one.sees("#rows div", "Me at 47.37, 8.54")
	two.do(chromedp.Navigate(address))
	two.sees("#rows div", "Me at -33.86, 151.21")
	one.sees("#rows div", "User ")
	one.sees("#rows div", " at -33.86, 151.21")
	two.sees("#rows div", " at 47.37, 8.54")
	one.wantNoProblems()
}

// locate opens an empty tab that is somewhere, and tells it to every page that asks.
func (b *browserProcess) locate(t *testing.T, latitude, longitude float64) *tab {
	t.Helper()
	p := b.open(t, "about:blank")
	accuracy := 1.0
	here := emulation.SetGeolocationOverrideParams{Latitude: &latitude, Longitude: &longitude, Accuracy: &accuracy}
	if _, err := chromedp.Call(p.ctx, emulation.SetGeolocationOverride, here); err != nil {
		t.Fatal(err)
	}
	allow := browser.SetPermissionParams{
		Permission:       &browser.PermissionDescriptor{Name: "geolocation"},
		Setting:          browser.PermissionSettingGranted,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	}
	if _, err := chromedp.CallBrowser(p.ctx, browser.SetPermission, allow); err != nil {
		t.Fatal(err)
	}
	return p
}

func testOneURL(t *testing.T, b *browserProcess, r *running) {
	p := b.open(t, tutorial(t, "oneurl.html", "8000", r))
	p.click("#connect_websocket")
	p.sees("p", "open")
	p.click("#send_message")
	p.sees("p", "message: Hello, World!这是你发来的。。。")
	p.click("#close_websocket")
	p.sees("p", "closed")
	p.wantNoProblems()

	address := "http://127.0.0.1:" + r.port + "/app02/echo/"
	b.open(t, address+"?message=%E4%BD%A0%E5%A5%BD").sees("body", "你好")
	p = b.open(t, address)
	p.click("#connect")
	p.sees("#out", "open")
	p.click("#send")
	p.sees("#out", "WebSocket: hello这是你发来的。。。")
	p.click("#get")
	p.sees("#out", "HTTP: hello\n")
	p.wantNoProblems()
}
