package door

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"sync"
	"testing"

	"wshd/host/limit"
	"wshd/plugins/wsh/growth"
)

// line is a Passwords of one turn that an endless guess has, and the guesses that wait behind it.
type line struct {
	t       *testing.T
	users   *Passwords
	looked  chan string // the passwords that are compared, in order
	next    chan bool   // ends each comparison
	waiters sync.WaitGroup
	errs    chan error
}

func stand(t *testing.T) *line {
	t.Helper()
	users, err := ReadPasswords(writeFile(t, "users", "alice:"+hashOfSecret))
	if err != nil {
		t.Fatal(err)
	}
	l := &line{t: t, users: users, looked: make(chan string), next: make(chan bool), errs: make(chan error, 1000)}
	users.turns.free = 1
	users.compare = func(_, password []byte) error {
		l.looked <- string(password)
		<-l.next
		return ErrWrong
	}
	l.guess(context.Background(), "192.0.2.99:1", "first")
	l.wants("first")
	return l
}

// guess sends a guess, and returns when it waits, or has been compared or refused.
func (l *line) guess(ctx context.Context, remote, password string) {
	before := l.waiting()
	l.waiters.Go(func() {
		l.errs <- l.users.Check(Guess{ctx, limit.Client(remote), "alice", password})
	})
	if password == "first" {
		return
	}
	for l.waiting() == before && len(l.errs) == 0 {
		runtime.Gosched()
	}
}

func (l *line) waiting() int {
	l.users.turns.mu.Lock()
	defer l.users.turns.mu.Unlock()
	return l.users.turns.n
}

func (l *line) wants(password string) {
	l.t.Helper()
	if got := <-l.looked; got != password {
		l.t.Errorf("%s is compared, want %s", got, password)
	}
}

// rest lets all go.
func (l *line) rest() {
	go func() {
		for range l.looked {
			l.next <- true
		}
	}()
	l.next <- true
	l.waiters.Wait()
	close(l.looked)
}

func TestGuessesWhoseClientHasGoneAreDropped(t *testing.T) {
	l := stand(t)
	ctx, gone := context.WithCancel(context.Background())
	for range 50 {
		l.guess(ctx, "192.0.2.1:1", "guess")
	}
	gone()
	for range 50 {
		if err := <-l.errs; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	}
	l.guess(context.Background(), "192.0.2.1:1", "right")
	l.next <- true
	l.wants("right")
	l.guess(ctx, "192.0.2.1:1", "too late")
	if err := <-l.errs; err != nil && !errors.Is(err, ErrWrong) && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	l.rest()
	if l.users.turns.free != 1 || l.users.turns.n != 0 || len(l.users.turns.queues) != 0 || len(l.users.turns.order) != 0 {
		t.Errorf("what is left: %+v", l.users.turns)
	}
}

func TestTurnsGoRoundTheClients(t *testing.T) {
	l := stand(t)
	for range 3 {
		l.guess(context.Background(), "192.0.2.1:1", "a")
	}
	l.guess(context.Background(), "[2001:db8::1]:1", "b")
	l.guess(context.Background(), "[2001:db8::2]:1", "b") // of the same network
	l.guess(context.Background(), "192.0.2.3:1", "c")
	for _, want := range []string{"a", "b", "c", "a", "b", "a"} {
		l.next <- true
		l.wants(want)
	}
	l.rest()
}

func TestGuessesThatWaitAreBounded(t *testing.T) {
	l := stand(t)
	for range maxGuesses {
		l.guess(context.Background(), "192.0.2.1:1", "a")
	}
	l.guess(context.Background(), "192.0.2.1:1", "a")
	if err := <-l.errs; !errors.Is(err, ErrBusy) {
		t.Errorf("one more of the same client: got %v, want %v", err, ErrBusy)
	}
	l.guess(context.Background(), "192.0.2.2:1", "b") // takes the place of one
	if err := <-l.errs; !errors.Is(err, ErrBusy) {
		t.Errorf("of the client that has the most: got %v, want %v", err, ErrBusy)
	}
	l.next <- true
	l.wants("a")
	l.next <- true
	l.wants("b")
	if n := l.waiting(); n != maxGuesses-2 {
		t.Errorf("%d wait, want %d", n, maxGuesses-2)
	}
	l.rest()
	r := &Rules{Basic: func(Guess) error { return ErrBusy }}
	q := request()
	q.SetBasicAuth("alice", "x")
	if _, no := r.Admit(q); no == nil || no.Status != 503 || no.Header.Get("Retry-After") == "" {
		t.Errorf("got %+v, want 503 with Retry-After", no)
	}
}

func BenchmarkTurns(b *testing.B) {
	growth.Doubling(b, 1, maxGuesses, func(n int) func() {
		t := turns{}
		client := func(i int) netip.Prefix {
			return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)
		}
		return func() {
			for i := range n {
				_, _ = t.queue(context.Background(), client(i))
			}
			for range n {
				t.give()
			}
		}
	})
}

func TestAllPasswordFilesShareTheirTurns(t *testing.T) {
	var f PasswordFiles
	one, two := writeFile(t, "one", "alice:"+hashOfSecret), writeFile(t, "two", "bob:"+hashOfSecret)
	a, err1 := f.Read(one)
	again, err2 := f.Read(one)
	b, err3 := f.Read(two)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if a != again || a == b || a.turns != b.turns {
		t.Errorf("got %p, %p, %p with the turns %p, %p", a, again, b, a.turns, b.turns)
	}
	if _, err := f.Read("nowhere"); err == nil {
		t.Error("a file that is not there was read")
	}
}
