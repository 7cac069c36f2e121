package nats

import (
	"crypto/sha256"
	"encoding/base64"
)

// longestToken is how long a name may become as part of a subject. NATS closes the connection of who sends a
// subject of 4 KiB.
const longestToken = 200

// token is a name as one part of a subject: any text becomes letters, digits, - and _. One that is too long
// becomes its hash, after a ~, and goes along in a header.
func token(name string) string {
	t := base64.RawURLEncoding.EncodeToString([]byte(name))
	if name == "" || len(t) > longestToken {
		sum := sha256.Sum256([]byte(name))
		return "~" + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return t
}

// messageID is what JetStream tells publications apart by that are sent again. It is one for the whole
// stream, so the room is part of it.
func messageID(room, key string) string {
	h := sha256.New()
	h.Write([]byte(token(room) + " " + key))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// kept is where what is to be kept is published, live is where the server publishes it again, and core is for
// what is not kept.
func (r *Rooms) kept(s *stream, room string) string {
	return r.c.Prefix + ".h." + token(s.pattern) + "." + token(room)
}

func (r *Rooms) live(s *stream, room string) string {
	return r.c.Prefix + ".l.*." + token(s.pattern) + "." + token(room)
}

func (r *Rooms) core(room string) string { return r.c.Prefix + ".c." + token(room) }

// Headers of ours. The kind of a message is in them, and, for people, the beginning of the name of a room whose
// token is a hash.
const (
	headerBinary = "Wshd-Binary"
	headerRoom   = "Wshd-Room"
)
