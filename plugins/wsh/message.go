package wsh

// Message is one WebSocket message, whole: fragments are joined, compression is undone.
type Message struct {
	Binary bool   // false: text, and Data is valid UTF-8
	Data   []byte // the payload; the receiver's to keep, except inside Each
}

// Text makes a text message.
func Text(s string) Message { return Message{Data: []byte(s)} }

// Binary makes a binary message of p, which it does not copy.
func Binary(p []byte) Message { return Message{Binary: true, Data: p} }

// Text returns the payload as a string, whatever the message's kind.
func (m Message) Text() string { return string(m.Data) }

// Is reports whether m is the text message s. It is cheaper than to compare m.Text().
func (m Message) Is(s string) bool { return !m.Binary && string(m.Data) == s }
