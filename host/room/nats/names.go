package nats

import (
	"crypto/sha256"
	"encoding/base64"
)

// longestToken is how long a name may become as part of a subject. NATS closes a connection that sends a
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

// historySubject is where what is to be kept is published, liveSubject is where the server publishes it again, and
// coreSubject is for what is not kept.
func (r *Rooms) historySubject(s *stream, room string) string {
	return r.c.Prefix + ".h." + token(s.pattern) + "." + token(room)
}

func (r *Rooms) liveSubject(s *stream, room string) string {
	return r.c.Prefix + ".l.*." + token(s.pattern) + "." + token(room)
}

func (r *Rooms) coreSubject(room string) string { return r.c.Prefix + ".c." + token(room) }

// Headers of ours. The kind of a message is in them, and, for people, the beginning of the name of a room whose
// token is a hash.
const (
	headerBinary = "Wshd-Binary"
	headerRoom   = "Wshd-Room"
)
