package room

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ID identifies a publication: the epoch of its history, its number in that, and its time. The time
// distinguishes it from a later publication of the same number, after a stream has lost its end.
type ID struct {
	Epoch string // letters and digits
	Seq   uint64
	At    int64 // nanoseconds since 1970
}

// String is what clients see.
func (id ID) String() string {
	return id.Epoch + "-" + strconv.FormatUint(id.Seq, 36) + "-" + strconv.FormatInt(id.At, 36)
}

// longestID bounds what a client may send as an id.
const longestID = 100

// ParseID reads what String wrote. What it did not write is not ok.
func ParseID(s string) (id ID, ok bool) {
	if len(s) > longestID {
		return ID{}, false
	}
	parts := strings.Split(s, "-")
	if len(parts) != 3 {
		return ID{}, false
	}
	seq, err1 := strconv.ParseUint(parts[1], 36, 64)
	at, err2 := strconv.ParseInt(parts[2], 36, 64)
	id = ID{parts[0], seq, at}
	return id, err1 == nil && err2 == nil && id.String() == s
}

// epoch distinguishes the IDs of one Hub from those of another.
type epoch struct {
	once sync.Once
	text string
}

func (e *epoch) String() string {
	e.once.Do(func() { e.text = NewEpoch() })
	return e.text
}

// NewEpoch makes a word that no other process has made.
func NewEpoch() string {
	b := make([]byte, 6)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// later is now, or just after last: the times in one room increase, whatever the clock does.
func later(now time.Time, last int64) int64 { return max(now.UnixNano(), last+1) }
