// > add team%d
// < added
// > find tea
// < tea team0..: yes
// > find zzz
// < none
package main

import (
	"slices"
	"strings"
	"sync"

	"wshd/plugins/wsh"
)

type trie struct {
	kids map[rune]*trie
	word bool
}

func (t *trie) add(w string) {
	for _, c := range w {
		if t.kids == nil {
			t.kids = map[rune]*trie{}
		}
		next, ok := t.kids[c]
		if !ok {
			next = new(trie)
			t.kids[c] = next
		}
		t = next
	}
	t.word = true
}

func (t *trie) find(prefix string) *trie {
	for _, c := range prefix {
		if t = t.kids[c]; t == nil {
			return nil
		}
	}
	return t
}

func (t *trie) all(prefix string, yield func(string) bool) bool {
	if t.word && !yield(prefix) {
		return false
	}
	keys := make([]rune, 0, len(t.kids))
	for c := range t.kids {
		keys = append(keys, c)
	}
	slices.Sort(keys)
	for _, c := range keys {
		if !t.kids[c].all(prefix+string(c), yield) {
			return false
		}
	}
	return true
}

var (
	words = new(trie)
	mu    sync.RWMutex
)

func init() {
	for _, w := range strings.Fields("tea ten to inn team0") {
		words.add(w)
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		what, w, _ := strings.Cut(m.Text(), " ")
		if what == "add" {
			mu.Lock()
			defer mu.Unlock()
			words.add(w)
			return r.SendText("added")
		}
		mu.RLock()
		defer mu.RUnlock()
		at := words.find(w)
		if at == nil {
			return r.SendText("none")
		}
		var got []string
		at.all(w, func(s string) bool { got = append(got, s); return len(got) < 2 })
		return r.SendText(strings.Join(got, " ") + "..: yes")
	})
}
