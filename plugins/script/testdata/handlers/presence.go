// > away
// < user%d is away
// > back
// < user%d is here
package main

import (
	"fmt"
	"sync"

	"wshd/plugins/wsh"
)

type status int

const (
	offline status = iota
	here
	away
)

func (s status) String() string { return [...]string{"offline", "here", "away"}[s] }

type presence struct {
	sync.RWMutex
	users map[string]*user
}

type user struct {
	name        string
	status      status
	connections int
}

func (u user) String() string { return fmt.Sprintf("%s is %v", u.name, u.status) }

var all = presence{users: map[string]*user{}}

func (p *presence) join(name string) (leave func()) {
	p.Lock()
	defer p.Unlock()
	u := p.users[name]
	if u == nil {
		u = &user{name: name}
		p.users[name] = u
	}
	u.connections++
	u.status = here
	return sync.OnceFunc(func() {
		p.Lock()
		defer p.Unlock()
		if u.connections--; u.connections == 0 {
			u.status = offline
		}
	})
}

func (p *presence) set(name string, s status) user {
	p.Lock()
	defer p.Unlock()
	u := p.users[name]
	u.status = s
	return *u
}

func (p *presence) count(s status) (n int) {
	p.RLock()
	defer p.RUnlock()
	for _, u := range p.users {
		if u.status == s {
			n++
		}
	}
	return n
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	name := "user" + r.URL.Query().Get("n")
	defer all.join(name)()
	return r.Each(func(m wsh.Message) error {
		u := all.set(name, map[string]status{"away": away, "back": here}[m.Text()])
		if all.count(u.status) < 1 {
			return r.SendText("nobody")
		}
		return r.SendText(fmt.Sprint(u))
	})
}
