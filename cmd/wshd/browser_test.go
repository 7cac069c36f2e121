package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to show what a test waits for.
const patience = 30 * time.Second

// TestBrowser has a real browser talk to a real wshd: the pages that people bring from tutorials, and
// our own.
func TestBrowser(t *testing.T) {
	b := startBrowser(t)
	program := buildWshd(t)
	t.Run("tutorials", func(t *testing.T) { testTutorials(t, b, program) })
	t.Run("pages", func(t *testing.T) { testPages(t, b, program) })
	t.Run("below a prefix", func(t *testing.T) { testPagesBelowAPrefix(t, b, program) })
	t.Run("elsewhere", func(t *testing.T) { testStartPageElsewhere(t, b, program) })
	t.Run("init", func(t *testing.T) { testInitPage(t, b, program) })
	t.Run("status", func(t *testing.T) { testStatus(t, b) })
	t.Run("HTTP 2", func(t *testing.T) { testHTTP2(t, b, program) })
}

// browserProcess is a Chromium that runs.
type browserProcess struct{ ctx context.Context }

// startBrowser starts Chromium without a window. Where there is none the test is skipped, but not in
// CI, which installs it.
func startBrowser(t *testing.T) *browserProcess {
	t.Helper()
	exe := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			exe = found
			break
		}
	}
	if exe == "" && os.Getenv("CI") != "" {
		t.Fatal("there is no Chromium: CI must install it")
	}
	if exe == "" {
		t.Skip("there is no Chromium on this machine: apt install chromium, and this test runs")
	}
	profile, err := os.MkdirTemp("", "wshd-browser") // Chromium may still write there when it is told to end
	if err != nil {
		t.Fatal(err)
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(exe), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("disable-component-update", true))...)
	ctx, _ := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("end the browser: %v", err)
		}
		end()
		os.RemoveAll(profile)
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", exe, err)
	}
	return &browserProcess{ctx: ctx}
}

// tab is a page in a browser context of its own, as in a browser of its own: no cookie, storage or
// connection is shared with another tab.
type tab struct {
	t      *testing.T
	ctx    context.Context
	alerts chan string // what the page said by alert, in order

	mu       sync.Mutex
	problems []string // what the browser's console calls errors
}

// open shows a page, an address or a file.
func (b *browserProcess) open(t *testing.T, page string) *tab {
	t.Helper()
	if !strings.Contains(page, ":") {
		absolute, err := filepath.Abs(page)
		if err != nil {
			t.Fatal(err)
		}
		page = "file://" + absolute
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &tab{t: t, ctx: ctx, alerts: make(chan string, 64)}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	var watching sync.WaitGroup
	watching.Go(p.answerAlerts)
	console := chromedp.Console(ctx)
	watching.Go(func() {
		for m, err := range console {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" {
				p.mu.Lock()
				p.problems = append(p.problems, m.String())
				p.mu.Unlock()
			}
		}
	})
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // the tab may have ended with the browser
		cancel()
		watching.Wait()
	})
	p.do(chromedp.Navigate(page))
	return p
}

// answerAlerts keeps what the page says by alert and presses its button.
func (p *tab) answerAlerts() {
	for dialog, err := range chromedp.Events(p.ctx, page.JavascriptDialogOpening) {
		if err != nil {
			return
		}
		p.alerts <- dialog.Message
		_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	}
}

// do runs actions, within patience.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

func (p *tab) click(selector string) { p.t.Helper(); p.do(chromedp.Click(chromedp.CSS(selector))) }

// follow clicks a link and waits until the page that it leads to has loaded.
func (p *tab) follow(selector string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	loaded := chromedp.Events(ctx, page.LoadEventFired)
	p.click(selector)
	for _, err := range loaded {
		if err != nil {
			p.t.Fatalf("follow %s: %v", selector, err)
		}
		return
	}
}

// fill puts text into a field.
func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.do(chromedp.SetValue(chromedp.CSS(selector), text))
}

// edit puts text into a field as a person does: the page is told by an event.
func (p *tab) edit(selector, event, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`(e => { e.value = %s; return e.dispatchEvent(new Event(%s)); })(document.querySelector(%s))`,
		quote(text), quote(event), quote(selector)), "[document.title]")
}

// wantAlert waits for the page's next alert.
func (p *tab) wantAlert(want string) {
	p.t.Helper()
	select {
	case got := <-p.alerts:
		if got != want {
			p.t.Errorf("got alert %q, want %q", got, want)
		}
	case <-time.After(patience):
		p.t.Fatalf("no alert, want %q", want)
	}
}

// sees waits until one of the elements that the selector finds shows a text.
func (p *tab) sees(selector, text string) {
	p.t.Helper()
	all := fmt.Sprintf("[...document.querySelectorAll(%s)].map(e => e.textContent)", quote(selector))
	p.until(fmt.Sprintf("%s.some(text => text.includes(%s))", all, quote(text)), all+".slice(-10).map(text => text.slice(0, 200))")
}

// until waits until a condition holds, looking whenever the page changes. Should it never, the test
// fails with what else the page can tell.
func (p *tab) until(condition, tell string) {
	p.t.Helper()
	wait := chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingMutation(), chromedp.WithPollingTimeout(patience))
	if err := chromedp.Do(p.ctx, wait); err != nil {
		got, _ := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](tell))
		p.t.Fatalf("%s: %v; it is %q", condition, err, got)
	}
}

// wantNoProblems fails the test if the page has thrown, or failed to load what it needs.
func (p *tab) wantNoProblems() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, problem := range p.problems {
		p.t.Errorf("the browser's console says: %s", problem)
	}
}

// quote writes a string as JavaScript does.
func quote(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can be
	}
	return string(data)
}
