package logs

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// flooded is a log whose clock stands still until it is moved.
func flooded(t *testing.T, now *time.Time) (*Logger, *bytes.Buffer) {
	var b bytes.Buffer
	log := New(opened(t, Config{Level: "debug", Stderr: &b}))
	log.to.flood.now = func() time.Time { return *now }
	return log, &b
}

func TestAFloodOfLinesIsSampledAndCounted(t *testing.T) {
	now := time.Unix(0, 0)
	log, b := flooded(t, &now)
	for range 20 * atOnce {
		log.Info("connection closed")
	}
	log.Info("something else") // is not drowned
	now = now.Add(time.Second)
	for range perSecond + 7 {
		log.Info("connection closed")
	}
	log.Close()
	if got := strings.Count(b.String(), "msg=\"connection closed\""); got != atOnce+perSecond {
		t.Errorf("got %d lines, want %d", got, atOnce+perSecond)
	}
	want := fmt.Sprintf("level=INFO msg=\"log lines left out\" reason=\"connection closed\" count=%d\n", 19*atOnce+7)
	if !strings.Contains(b.String(), "something else") || !strings.HasSuffix(b.String(), want) {
		t.Errorf("got …%s, want %s", b.String()[max(0, b.Len()-300):], want)
	}
}

func TestWhatIsLeftOutIsToldMeanwhile(t *testing.T) {
	now := time.Unix(0, 0)
	log, b := flooded(t, &now)
	for range atOnce + 3 {
		log.Error("handler failed")
	}
	f := log.to.flood
	k := f.kinds["handler failed"]
	if k.timer == nil {
		t.Fatal("nothing will tell")
	}
	f.tell(k) // as the timer does
	f.tell(k)
	if got := strings.Count(b.String(), "level=ERROR msg=\"log lines left out\" reason=\"handler failed\" count=3\n"); got != 1 {
		t.Errorf("told %d times, want once", got)
	}
	log.Close()
	if got := strings.Count(b.String(), "left out"); got != 1 {
		t.Errorf("told %d times in the end, want once", got)
	}
}

// TestMadeUpMessagesAreBoundedToo: a script may log what clients say as the message.
func TestMadeUpMessagesAreBoundedToo(t *testing.T) {
	now := time.Unix(0, 0)
	log, b := flooded(t, &now)
	for i := range 50 * atOnce {
		log.Info("said " + strconv.Itoa(i))
	}
	if n := len(log.to.flood.kinds); n > phrases+1 {
		t.Errorf("remembers %d messages", n)
	}
	if got := len(regexp.MustCompile(`msg="said`).FindAllString(b.String(), -1)); got != phrases+atOnce {
		t.Errorf("got %d lines, want %d", got, phrases+atOnce)
	}
	now = now.Add(time.Hour)
	log.Info("new")
	if n := len(log.to.flood.kinds); n > 3 {
		t.Errorf("remembers %d messages for an hour", n)
	}
	log.Close()
}

func TestWhoAsksForDebugGetsAllOfIt(t *testing.T) {
	now := time.Unix(0, 0)
	log, b := flooded(t, &now)
	for range 2 * atOnce {
		log.Debug("frame received")
	}
	for range 10 * atOnce {
		log.Info("script output")
	}
	log.Close()
	if got := strings.Count(b.String(), "\n"); got != 12*atOnce {
		t.Errorf("got %d lines, want %d", got, 12*atOnce)
	}
}
