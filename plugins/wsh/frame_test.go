package wsh_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"wshd/plugins/wsh"
)

func TestFrame(t *testing.T) {
	mask := []byte{0x37, 0xfa, 0x21, 0x3d}
	for _, test := range []struct {
		name    string
		header  wsh.FrameHeader
		payload string
		want    string // in hex; ... stands for a long payload of x
	}{
		// RFC 6455, section 5.7.
		{"text", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeText}, "Hello", "810548656c6c6f"},
		{"masked text", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeText, Mask: mask}, "Hello", "818537fa213d7f9f4d5158"},
		{"first fragment", wsh.FrameHeader{Opcode: wsh.OpcodeText}, "Hel", "010348656c"},
		{"last fragment", wsh.FrameHeader{Fin: true}, "lo", "80026c6f"},
		{"ping", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePing}, "Hello", "890548656c6c6f"},
		{"masked pong", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePong, Mask: mask}, "Hello", "8a8537fa213d7f9f4d5158"},

		{"empty", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary}, "", "8200"},
		{"empty, masked", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary, Mask: mask}, "", "828037fa213d"},
		{"all bits", wsh.FrameHeader{Fin: true, Rsv1: true, Rsv2: true, Rsv3: true, Opcode: 0xf}, "", "ff00"},
		{"rsv1", wsh.FrameHeader{Rsv1: true, Opcode: wsh.OpcodeText}, "", "4100"},
		{"rsv2", wsh.FrameHeader{Rsv2: true, Opcode: wsh.OpcodeText}, "", "2100"},
		{"rsv3", wsh.FrameHeader{Rsv3: true, Opcode: wsh.OpcodeText}, "", "1100"},
		{"opcode too large", wsh.FrameHeader{Opcode: 0x1f}, "", "0f00"},
		{"mask of a wrong size", wsh.FrameHeader{Fin: true, Mask: []byte{1}}, "a", "800161"},

		{"125", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary}, x(125), "827d..."},
		{"126", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary}, x(126), "827e007e..."},
		{"65535", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary}, x(65535), "827effff..."},
		{"65536", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary}, x(65536), "827f0000000000010000..."},
		{"126, mask of zeros", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary, Mask: make([]byte, 4)}, x(126), "82fe007e00000000..."},
		{"65536, mask of zeros", wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodeBinary, Mask: make([]byte, 4)}, x(65536), "82ff000000000001000000000000..."},
	} {
		t.Run(test.name, func(t *testing.T) {
			payload := []byte(test.payload)
			got := wsh.Frame(test.header, payload)
			if string(payload) != test.payload {
				t.Error("the payload was changed")
			}
			if again := wsh.AppendFrame([]byte("before"), test.header, payload); !bytes.Equal(again, append([]byte("before"), got...)) {
				t.Error("AppendFrame does not append what Frame returns")
			}
			shown := hex.EncodeToString(got)
			if len(test.payload) > 100 {
				head, ok := bytes.CutSuffix(got, payload)
				if !ok {
					t.Fatal("the payload does not stand at the end")
				}
				shown = hex.EncodeToString(head) + "..."
			}
			if shown != test.want {
				t.Errorf("got %s, want %s", shown, test.want)
			}
		})
	}
}

func x(n int) string { return string(bytes.Repeat([]byte("x"), n)) }

func TestCloseFrame(t *testing.T) {
	for _, test := range []struct {
		code   wsh.StatusCode
		reason string
		want   string
	}{
		{0, "", "8800"},
		{0, "no code, no reason", "8800"},
		{1000, "", "880203e8"},
		{4999, "bye", "88051387627965"},
		{1005, "", "880203ed"}, // forbidden, and made
		{65535, "", "8802ffff"},
	} {
		if got := hex.EncodeToString(wsh.CloseFrame(test.code, test.reason)); got != test.want {
			t.Errorf("%d %q: got %s, want %s", test.code, test.reason, got, test.want)
		}
	}
}

func TestSendableCodes(t *testing.T) {
	want := map[wsh.StatusCode]bool{
		0: false, 1: false, 999: false, 1000: true, 1001: true, 1002: true, 1003: true, 1004: true, 1005: false, 1006: false,
		1007: true, 1011: true, 1014: true, 1015: false, 1016: true, 2999: true, 3000: true, 4999: true, 5000: false, 65535: false,
	}
	for code, sendable := range want {
		if got := code.Sendable(); got != sendable {
			t.Errorf("%v: got %v, want %v", code, got, sendable)
		}
	}
}

func TestErrorsSayWhatTheyAre(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&wsh.CloseError{Code: 4000}, "closed with 4000"},
		{&wsh.CloseError{Code: 4000, Reason: "bye"}, "closed with 4000: bye"},
		{&wsh.HandshakeError{Status: 401}, "handshake refused with 401"},
		{fmt.Errorf("x: %w", &wsh.HandshakeError{Status: 401, Reason: "who?"}), "x: handshake refused with 401: who?"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	var refused *wsh.HandshakeError
	if err := fmt.Errorf("x: %w", &wsh.HandshakeError{Status: 401}); !errors.As(err, &refused) || refused.Status != 401 {
		t.Errorf("got %v", refused)
	}
}

func TestExtensionAsInTheHeader(t *testing.T) {
	e := wsh.Extension{Name: "permessage-deflate", Params: []wsh.ExtensionParam{
		{Name: "server_no_context_takeover"}, {Name: "client_max_window_bits", Value: "10"}}}
	if got, want := e.String(), "permessage-deflate; server_no_context_takeover; client_max_window_bits=10"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
