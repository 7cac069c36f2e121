package wshtest_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestHookResultClosesAsAHostDoes(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		err  error
		code wsh.StatusCode
	}{
		{"nil", nil, 1000},
		{"close error", &wsh.CloseError{Code: 4000, Reason: "bye"}, 4000},
		{"wrapped close error", fmt.Errorf("x: %w", &wsh.CloseError{Code: 4001, Reason: "bye"}), 4001},
		{"code that may not be sent", &wsh.CloseError{Code: 1006, Reason: "bye"}, 1011},
		{"code 0", &wsh.CloseError{Reason: "bye"}, 1011},
		{"reason too long", &wsh.CloseError{Code: 4000, Reason: strings.Repeat("x", 124)}, 1011},
		{"another error", broken, 1011},
		{"io.EOF of another reader", io.EOF, 1011},
		{"abort", wsh.ErrAborted, 1006},
	} {
		t.Run(test.name, func(t *testing.T) {
			end := wshtest.Dial(t, handler(func(*wsh.Request) error { return test.err })).Wait()
			if end.Code != test.code || !errors.Is(end.Err, test.err) {
				t.Errorf("got %v, want %d", end, test.code)
			}
			if sent := test.code >= 4000; sent != (end.Reason == "bye") {
				t.Errorf("got reason %q", end.Reason)
			}
		})
	}
}

func TestPanicClosesWith1011(t *testing.T) {
	end := wshtest.Dial(t, handler(func(*wsh.Request) error { panic("oh") })).Wait()
	var p *wshtest.Panic
	if end.Code != 1011 || !errors.As(end.Err, &p) || p.Value != "oh" || p.Hook != "TransferData" {
		t.Errorf("got %v, want 1011 and the panic", end)
	}
}

func TestCloseByTheClient(t *testing.T) {
	refused := errors.New("no")
	for _, test := range []struct {
		name string
		hook func(*wsh.Request) (wsh.StatusCode, string, error)
		want wshtest.End
	}{
		{"no hook", nil, wshtest.End{Code: 1000}},
		{"answer", func(r *wsh.Request) (wsh.StatusCode, string, error) {
			return r.CloseCode + 1, r.CloseReason + "!", nil
		}, wshtest.End{Code: 3001, Reason: "bye!"}},
		{"empty", func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", nil }, wshtest.End{Code: 1005}},
		{"abort", func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", wsh.ErrAborted },
			wshtest.End{Code: 1006, Err: wsh.ErrAborted}},
		{"error", func(*wsh.Request) (wsh.StatusCode, string, error) { return 1000, "", refused },
			wshtest.End{Code: 1011, Err: refused}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := handler(echo)
			h.PassiveClosingHandshake = test.hook
			if end := wshtest.Dial(t, h).Close(3000, "bye"); end != test.want {
				t.Errorf("got %v, want %v", end, test.want)
			}
		})
	}
}

func TestEmptyCloseHasCode1005(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		_, err := r.ReceiveMessage()
		if r.CloseCode != 1005 || !r.ClientClosed() || !r.ServerClosed() || r.Context().Err() == nil {
			t.Errorf("got %d, %v, %v, %v", r.CloseCode, r.ClientClosed(), r.ServerClosed(), r.Context().Err())
		}
		if _, again := r.ReceiveMessage(); again != err {
			t.Errorf("got %v again, want %v", again, err)
		}
		if late := r.SendText("late"); !errors.Is(late, wsh.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", late)
		}
		return err
	}))
	if end := c.Close(0, ""); end.Code != 1000 || end.Err != io.EOF {
		t.Errorf("got %v, want 1000 and io.EOF", end)
	}
}

func TestCloseByTheHandler(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		if err := r.CloseConnection(3333, "done"); err != nil {
			t.Errorf("close: %v", err)
		}
		if r.CloseCode != 3333 {
			t.Errorf("got answer %d, want 3333", r.CloseCode)
		}
		if err := r.SendText("late"); !errors.Is(err, wsh.ErrBadOperation) {
			t.Errorf("send: got %v, want ErrBadOperation", err)
		}
		_, err := r.ReceiveMessage()
		return err
	}))
	c.SendText("discarded")
	if _, err := c.Next(); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
	if end := c.Wait(); end.Code != 3333 || end.Reason != "done" || !errors.Is(end.Err, wsh.ErrBadOperation) {
		t.Errorf("got %v", end)
	}
}

func TestCloseWaitsWhileAnotherGoroutineReceives(t *testing.T) {
	c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
		rcv := wsh.NewMessageReceiver(r)
		if _, err := rcv.Receive(); err != nil {
			return err
		}
		if err := r.CloseConnection(1000, ""); err != nil {
			return err
		}
		_, err := rcv.Receive()
		return err
	}))
	c.SendText("go")
	if end := c.Wait(); end.Code != 1000 || !errors.Is(end.Err, wsh.ErrBadOperation) {
		t.Errorf("got %v", end)
	}
}

func TestAbortAndShutdownEndContextAndReceive(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*wshtest.Client) wshtest.End
		code wsh.StatusCode
	}{
		{"abort", (*wshtest.Client).Abort, 1006},
		{"shutdown", (*wshtest.Client).Shutdown, 1001},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := wshtest.Dial(t, handler(func(r *wsh.Request) error {
				if err := r.SendText("up"); err != nil {
					return err
				}
				<-r.Context().Done()
				_, err := r.ReceiveMessage()
				return err
			}))
			c.ReceiveText()
			if end := test.end(c); end.Code != test.code || end.Err != wsh.ErrClosed {
				t.Errorf("got %v, want %d", end, test.code)
			}
		})
	}
}

func TestBrokenFramesCloseTheConnection(t *testing.T) {
	mask := []byte{1, 2, 3, 4}
	for _, test := range []struct {
		name string
		sent []byte
		want wsh.StatusCode
	}{
		{"unmasked", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 1}, nil), 1002},
		{"reserved bit", wsh.Frame(wsh.FrameHeader{Fin: true, Rsv1: true, Opcode: 1, Mask: mask}, nil), 1002},
		{"reserved opcode", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 3, Mask: mask}, nil), 1002},
		{"stray continuation", wsh.Frame(wsh.FrameHeader{Fin: true, Mask: mask}, nil), 1002},
		{"fragmented ping", wsh.Frame(wsh.FrameHeader{Opcode: 9, Mask: mask}, nil), 1002},
		{"close of one byte", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 8, Mask: mask}, []byte("x")), 1002},
		{"close with 1005", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 8, Mask: mask}, []byte("\x03\xed")), 1002},
		{"close with 1004", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 8, Mask: mask}, []byte("\x03\xec")), 1002},
		{"close with 2999", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 8, Mask: mask}, []byte("\x0b\xb7")), 1002},
		{"length in more bytes than it needs", []byte("\x81\xfe\x00\x01"), 1002},
		{"text not UTF-8", wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: 1, Mask: mask}, []byte("\xff")), 1007},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := wshtest.Dial(t, handler(echo))
			c.Response()
			c.WriteRaw(test.sent)
			if end := c.Wait(); end.Code != test.want || end.Err != wsh.ErrClosed {
				t.Errorf("got %v, want %d", end, test.want)
			}
		})
	}
}

func TestCloseThatNobodyWaitedForIsAnsweredByTheHook(t *testing.T) {
	h := handler(func(r *wsh.Request) error {
		<-r.Context().Done()
		return nil
	})
	h.PassiveClosingHandshake = func(r *wsh.Request) (wsh.StatusCode, string, error) { return r.CloseCode + 1, "", nil }
	if end := wshtest.Dial(t, h).Close(3000, ""); end.Code != 3001 {
		t.Errorf("got %v, want 3001", end)
	}
}
