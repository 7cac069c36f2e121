package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

// late tries all that a handler may still do when it is too late for it.
func late(t *testing.T, r *wsh.Request, want error) {
	t.Helper()
	for doing, err := range map[string]error{
		"SendText": r.SendText("late"), "SendBinary": r.SendBinary(nil), "SendMessage": r.SendMessage(wsh.Text("late")),
		"SendFragment": r.SendFragment(wsh.Text("late"), true), "SendPing": r.SendPing(nil),
		"CloseConnection": r.CloseConnection(1000, "late"), "CloseNoWait": r.CloseNoWait(1000, "late"),
	} {
		wantError(t, doing, err, want)
	}
	if err := wsh.NewMessageSender(r, 1).Send(wsh.Text("late")); err == nil {
		t.Error("MessageSender: a late message was sent")
	}
}

// TestACloseThatBecame1011SaysWhy: the handler may have dropped the error.
func TestACloseThatBecame1011SaysWhy(t *testing.T) {
	for _, tt := range []struct {
		name  string
		close func(r *wsh.Request)
		want  string
	}{
		{"a code", func(r *wsh.Request) { _ = r.CloseNoWait(1005, "") }, "1005 is no code that can be sent: closed with 1011 instead"},
		{"and waits", func(r *wsh.Request) { _ = r.CloseConnection(1006, "") }, "1006 is no code that can be sent: closed with 1011 instead"},
		{"a long reason", func(r *wsh.Request) { _ = r.CloseNoWait(4000, strings.Repeat("x", 124)) }, "the reason has 124 bytes, and 123 fit: closed with 1011 instead"},
		{"no UTF-8", func(r *wsh.Request) { _ = r.CloseNoWait(4000, "\xff") }, "the reason is not UTF-8: closed with 1011 instead"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
				tt.close(r)
				return nil
			}}}, Config{})
			c := connect(t, h.addr, "/x")
			c.want(`C1011""`)
			c.sendClose(1011, "")
			c.want("EOF")
			h.log.wait(t, `msg="connection closed"`, "code=1011", `reason="`+tt.want+`"`)
		})
	}
}

func TestLateSends(t *testing.T) {
	t.Run("the client has closed", func(t *testing.T) {
		talk(t, Config{}, func(r *wsh.Request) error {
			_, err := r.ReceiveMessage()
			wantError(t, "receive", err, io.EOF)
			if !r.ClientClosed() || !r.ServerClosed() || r.CloseCode != wsh.StatusNoStatusReceived || r.CloseReason != "" {
				t.Errorf("closed by the client %v, by the server %v, with %d %q", r.ClientClosed(), r.ServerClosed(), r.CloseCode, r.CloseReason)
			}
			late(t, r, wsh.ErrBadOperation)
			_, err = r.ReceiveMessage()
			wantError(t, "receive again", err, io.EOF)
			return nil
		}, func(c *client) {
			c.send(wsh.OpcodeClose, "")
			c.want(`C1000""`, "EOF")
		})
	})
	t.Run("the handler has closed", func(t *testing.T) {
		talk(t, Config{}, func(r *wsh.Request) error {
			wantError(t, "close", r.CloseConnection(4000, "mine"), nil)
			if !r.ServerClosed() || !r.ClientClosed() || r.CloseCode != 4001 || r.CloseReason != "yours" {
				t.Errorf("closed by the client %v, by the server %v, with %d %q", r.ClientClosed(), r.ServerClosed(), r.CloseCode, r.CloseReason)
			}
			late(t, r, wsh.ErrBadOperation)
			_, err := r.ReceiveMessage()
			wantError(t, "receive", err, wsh.ErrBadOperation)
			return nil
		}, func(c *client) {
			c.want(`C4000"mine"`)
			c.sendClose(4001, "yours")
			c.want("EOF")
		})
	})
	t.Run("the client is gone", func(t *testing.T) {
		talk(t, Config{}, func(r *wsh.Request) error {
			<-r.Context().Done()
			_, err := r.ReceiveMessage()
			wantError(t, "receive", err, wsh.ErrClosed)
			late(t, r, wsh.ErrClosed)
			return nil
		}, func(c *client) { c.Close() })
	})
	t.Run("the handler has returned", func(t *testing.T) {
		kept, ended := make(chan *wsh.Request, 1), make(chan struct{})
		h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
			kept <- r
			return nil
		}}}, Config{})
		c := connect(t, h.addr, "/x")
		c.want(`C1000""`)
		c.sendClose(1000, "")
		c.want("EOF")
		h.log.wait(t, "connection closed")
		go func() {
			defer close(ended)
			r := <-kept
			if err := r.SendText("late"); err == nil {
				t.Error("a send after the end succeeded")
			}
			if _, err := r.ReceiveMessage(); err == nil {
				t.Error("a receive after the end succeeded")
			}
			wantError(t, "context", r.Context().Err(), context.Canceled)
		}()
		<-ended
	})
}

// TestCloseNoWait: the client answers only when it has seen what the handler did meanwhile.
func TestCloseNoWait(t *testing.T) {
	answer := make(chan struct{})
	talk(t, Config{}, func(r *wsh.Request) error {
		wantError(t, "close", r.CloseNoWait(4000, "mine"), nil)
		if !r.ServerClosed() || r.ClientClosed() {
			t.Errorf("closed by the server %v, by the client %v, want true and false", r.ServerClosed(), r.ClientClosed())
		}
		wantError(t, "send", r.SendText("late"), wsh.ErrBadOperation)
		close(answer)
		return nil
	}, func(c *client) {
		c.want(`C4000"mine"`)
		<-answer
		c.sendClose(4000, "")
		c.want("EOF")
	})
}

func TestEmptyCloseFrame(t *testing.T) {
	talk(t, Config{}, func(r *wsh.Request) error {
		wantError(t, "close", r.CloseConnection(0, "no place for this"), nil)
		return errors.New("of no interest any more")
	}, func(c *client) {
		c.want("C")
		c.send(wsh.OpcodeClose, "")
		c.want("EOF")
	})
}

// TestTheClosingHookMaySend: it runs before the reply, inside ReceiveMessage.
func TestTheClosingHookMaySend(t *testing.T) {
	received := make(chan error, 1)
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		_, err := r.ReceiveMessage()
		received <- err
		return err
	}, PassiveClosingHandshake: func(r *wsh.Request) (wsh.StatusCode, string, error) {
		select {
		case <-received:
			t.Error("ReceiveMessage has returned before the closing hook")
		default:
		}
		wantError(t, "send", r.SendText(fmt.Sprint("seen ", r.CloseCode, " ", r.CloseReason)), nil)
		return 3000, "at last", nil
	}}}, Config{})
	c := connect(t, h.addr, "/x")
	c.sendClose(4321, "sun")
	c.want(`T"seen 4321 sun"`, `C3000"at last"`, "EOF")
	wantError(t, "receive", <-received, io.EOF)
}
