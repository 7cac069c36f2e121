package host

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// What the handler's Request promises, on real connections; what only a room, a queue or a stream can
// show is tested there.

// talk runs transfer on one connection and peer at its other end, and waits for both.
func talk(t *testing.T, c Config, transfer func(*wsh.Request) error, peer func(*client)) {
	t.Helper()
	done := make(chan struct{})
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		defer close(done)
		return transfer(r)
	}}}, c)
	peer(connect(t, h.addr, "/x"))
	<-done
}

// goodbye closes as a client does, and wants the answer that a handler's nil gives.
func (c *client) goodbye() {
	c.t.Helper()
	c.sendClose(1000, "")
	c.want(`C1000""`, "EOF")
}

// wantError is for handlers, which run on a goroutine of the host's.
func wantError(t *testing.T, doing string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", doing, got, want)
	}
}

func wantText(t *testing.T, doing string, m wsh.Message, err error, want string) {
	t.Helper()
	if err != nil || m.Text() != want {
		t.Errorf("%s: got %q %v, want %q", doing, m.Text(), err, want)
	}
}

func TestOwnFragments(t *testing.T) {
	talk(t, Config{}, func(r *wsh.Request) error {
		for _, part := range []string{"漢"[:1], "", "漢"[1:]} {
			wantError(t, "fragment", r.SendFragment(wsh.Text(part), false), nil)
		}
		wantError(t, "ping within", r.SendPing([]byte("within")), nil)
		wantError(t, "a message within", r.SendBinary(nil), wsh.ErrBadOperation)
		wantError(t, "last fragment", r.SendFragment(wsh.Text("字"), true), nil)
		wantError(t, "text that is none", r.SendText("\xff"), wsh.ErrBadOperation)
		return r.SendBinary([]byte{0xFF})
	}, func(c *client) {
		c.want(`-T"\xe6"`, `-+""`, `-+"\xbc\xa2"`, `P"within"`, `+"字"`, `B"\xff"`, `C1000""`)
		c.sendClose(1000, "")
		c.want("EOF")
	})
}

func TestPingsWithPayloadAndBothHooks(t *testing.T) {
	talk(t, Config{}, func(r *wsh.Request) error {
		var seen []string
		r.OnPing(func(p []byte) { seen = append(seen, "ping "+string(p)) })
		r.OnPong(func(p []byte) { seen = append(seen, "pong "+string(p)) })
		wantError(t, "a long ping", r.SendPing(make([]byte, 126)), wsh.ErrBadOperation)
		wantError(t, "ping", r.SendPing([]byte("\x00body")), nil)
		_, err := r.ReceiveMessage()
		wantError(t, "receive", err, nil)
		r.OnPing(nil)
		wantError(t, "send", r.SendText(strings.Join(seen, ", ")), nil)
		_, err = r.ReceiveMessage()
		return err
	}, func(c *client) {
		c.want(`P"\x00body"`)
		c.send(wsh.OpcodePong, "\x00body")
		c.send(wsh.OpcodePing, "mine")
		c.send(wsh.OpcodeText, "now")
		c.want(`T"pong \x00body, ping mine"`) // and no pong
		c.send(wsh.OpcodePing, "again")
		c.want(`O"again"`)
		c.goodbye()
	})
}

func TestRawBytesBetweenFrames(t *testing.T) {
	got := make(chan string, 1)
	h := serve(t, handlers{"/x": {DoExtraHandshake: func(r *wsh.Request) error {
		p, err := r.ReadRaw(5) // what came right behind the handshake
		got <- fmt.Sprintf("%s %v", p, err)
		return err
	}, TransferData: func(r *wsh.Request) error {
		m, err := r.ReceiveMessage()
		wantText(t, "before", m, err, "before")
		p, err := r.ReadRaw(3)
		if string(p) != "raw" || err != nil {
			t.Errorf("got %q %v, want raw", p, err)
		}
		m, err = r.ReceiveMessage()
		wantText(t, "after", m, err, "after")
		wantError(t, "write", r.WriteRaw(append(wsh.Frame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary}, []byte{7}),
			wsh.CloseFrame(5005, "no such code")...)), nil)
		p, err = r.ReadRaw(10)
		if string(p) != "rest" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q %v, want rest and ErrUnexpectedEOF", p, err)
		}
		return wsh.ErrAborted
	}}}, Config{})
	c := dial(t, h.addr)
	c.openedBy(head("/x") + "early" + fr(0x81, "before") + "raw" + fr(0x81, "after") + "rest")
	if early := <-got; early != "early <nil>" {
		t.Errorf("got %q", early)
	}
	c.want(`B"\a"`, `C5005"no such code"`)
	if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.want("EOF")
}

func TestReceiveTimeoutLosesNothing(t *testing.T) {
	half := make(chan struct{})
	talk(t, Config{}, func(r *wsh.Request) error {
		_, err := r.ReceiveTimeout(time.Millisecond)
		wantError(t, "nothing there", err, wsh.ErrTimeout)
		wantError(t, "send", r.SendText("half, please"), nil)
		<-half
		_, err = r.ReceiveTimeout(time.Millisecond)
		wantError(t, "half of it there", err, wsh.ErrTimeout)
		wantError(t, "send", r.SendText("the rest, please"), nil)
		m, err := r.ReceiveTimeout(patience)
		wantText(t, "all there", m, err, "Hello")
		_, err = r.ReceiveTimeout(patience)
		wantError(t, "closed", err, io.EOF)
		return err
	}, func(c *client) {
		frame := fr(0x81, "Hello")
		c.want(`T"half, please"`)
		io.WriteString(c, frame[:8])
		close(half)
		c.want(`T"the rest, please"`)
		io.WriteString(c, frame[8:])
		c.goodbye()
	})
}

func TestReceiverAndSender(t *testing.T) {
	talk(t, Config{}, func(r *wsh.Request) error {
		rcv, snd := wsh.NewMessageReceiver(r), wsh.NewMessageSender(r, 4)
		if m, ok := rcv.ReceiveNowait(); ok {
			t.Errorf("got %v before anything was sent", m)
		}
		wantError(t, "send", snd.Send(wsh.Text("go on")), nil)
		m, err := rcv.Receive()
		wantText(t, "Receive", m, err, "one")
		m = <-rcv.C
		wantText(t, "C", m, nil, "two")
		wantError(t, "send", snd.SendNowait(wsh.Binary([]byte{1})), nil)
		_, err = rcv.Receive()
		wantError(t, "closed", err, io.EOF)
		return err
	}, func(c *client) {
		c.want(`T"go on"`)
		c.send(wsh.OpcodeText, "one")
		c.send(wsh.OpcodeText, "two")
		c.want(`B"\x01"`)
		c.goodbye()
	})
}

func TestRoomsOfConnections(t *testing.T) {
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		r.Name = r.URL.RawQuery
		lobby := r.Join("lobby")
		if err := r.SendText(fmt.Sprint(lobby.Len(), " ", lobby.Members()[lobby.Len()-1].Name)); err != nil {
			return err
		}
		return r.Each(func(m wsh.Message) error {
			if m.Text() == "leave" {
				lobby.Leave()
				return r.SendText(fmt.Sprint("left ", lobby.Len()))
			}
			return lobby.Publish(m)
		})
	}}}, Config{Rooms: &room.Hub{Offer: stream.Offer}})
	a, b := connect(t, h.addr, "/x?a"), (*client)(nil)
	a.want(`T"1 a"`)
	b = connect(t, h.addr, "/x?b")
	b.want(`T"2 b"`)
	a.send(wsh.OpcodeText, "to all")
	a.want(`T"to all"`)
	b.want(`T"to all"`)
	a.send(wsh.OpcodeText, "leave")
	a.want(`T"left 1"`)
	b.send(wsh.OpcodeBinary, "\xff")
	b.want(`B"\xff"`)
	a.goodbye()
	b.goodbye()
}

func TestLogOfARequest(t *testing.T) {
	h := serve(t, handlers{"/x": {Script: "x_wsh.go", DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		r.Log().Info("the script speaks", "dur", time.Second)
		return nil
	}}}, Config{})
	c := connect(t, h.addr, "/x?q")
	c.want(`C1000""`)
	h.log.wait(t, "the script speaks", "resource=/x", "script=x_wsh.go", "remote="+c.LocalAddr().String(), "dur=1s")
	c.sendClose(1000, "")
	c.want("EOF")
}

func TestIsHTTPS(t *testing.T) {
	certs := httptest.NewUnstartedServer(nil)
	certs.StartTLS()
	defer certs.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := serveOn(t, tls.NewListener(l, &tls.Config{Certificates: certs.TLS.Certificates}), handlers{"/x": {
		DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error { return r.SendText(fmt.Sprint(r.IsHTTPS())) }}}, Config{})
	c := dial(t, h.addr)
	secure := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true})
	c.Conn = secure
	c.r.Reset(secure)
	c.openedBy(head("/x"))
	c.want(`T"true"`, `C1000""`)
	c.sendClose(1000, "")
	c.want("EOF")
}
