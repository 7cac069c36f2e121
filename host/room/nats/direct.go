package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	natsgo "github.com/nats-io/nats.go"

	"wshd/plugins/wsh"
)

// Headers of what is sent to one connection or user.
const (
	headerMember = "Wshd-Member"
	headerUser   = "Wshd-User"
	headerCode   = "Wshd-Code"
	headerReason = "Wshd-Reason"
)

// Register is Hub.Register. The names of a host's connections begin alike, up to a hyphen: under that other hosts
// reach them.
func (r *Rooms) Register(c wsh.Connection) (unregister func()) {
	if begin := beginning(c.ID); begin != "" && len(r.c.Servers) > 0 {
		r.mu.Lock()
		if !r.served[begin] {
			r.served[begin] = true
			if nc := r.link.Load(); nc != nil {
				r.serveDirect(nc, begin)
			}
		}
		r.mu.Unlock()
	}
	return r.hub.Register(c)
}

// beginning is what the names of connections of one host begin with; "": it is no such name.
func beginning(id string) string {
	begin, _, ok := strings.Cut(id, "-")
	if !ok || len(begin) > 50 || !subjectToken(begin) {
		return ""
	}
	return begin
}

func subjectToken(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}

// serveDirect subscribes to actions for connections of this host, whose names begin so.
func (r *Rooms) serveDirect(nc *natsgo.Conn, begin string) {
	_, err := nc.Subscribe(r.c.Prefix+".t."+begin, func(m *natsgo.Msg) {
		to, e, err := readAction(m)
		if err == nil {
			err = r.hub.Direct(to, e)
		}
		answer := "done"
		if err != nil {
			answer = "none"
		}
		_ = m.Respond([]byte(answer)) // who asked gives up by itself
	})
	if err != nil {
		r.failures.wrong(r.log, r.where(), err)
	}
}

// subscribeUsers subscribes to actions for users, which go to all hosts.
func (r *Rooms) subscribeUsers(nc *natsgo.Conn) {
	_, err := nc.Subscribe(r.c.Prefix+".u", func(m *natsgo.Msg) {
		if to, e, err := readAction(m); err == nil {
			_ = r.hub.Direct(to, e) // no connection of theirs is here
		}
	})
	if err != nil {
		r.failures.wrong(r.log, r.where(), err)
	}
}

// Direct is Hub.Direct on whichever host.
func (r *Rooms) Direct(to wsh.Addressee, e wsh.Action) error {
	err := r.hub.Direct(to, e)
	if len(r.c.Servers) == 0 || to.Member != "" && err == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	nc, err := r.reach(ctx)
	if err != nil {
		return err
	}
	if to.Member == "" {
		if err := nc.PublishMsg(actionMessage(r.c.Prefix+".u", to, e)); err != nil {
			return fmt.Errorf("%w: %w", wsh.ErrUnavailable, err)
		}
		return nil
	}
	begin := beginning(to.Member)
	if begin == "" {
		return wsh.ErrNotFound
	}
	answer, err := nc.RequestMsgWithContext(ctx, actionMessage(r.c.Prefix+".t."+begin, to, e))
	switch {
	case errors.Is(err, natsgo.ErrNoResponders):
		return wsh.ErrNotFound
	case err != nil:
		return fmt.Errorf("%w: %w", wsh.ErrUnavailable, err)
	case string(answer.Data) != "done":
		return wsh.ErrNotFound
	}
	return nil
}

func actionMessage(subject string, to wsh.Addressee, e wsh.Action) *natsgo.Msg {
	m := natsgo.NewMsg(subject)
	m.Data = e.Message.Data
	m.Header.Set(headerMember, strconv.QuoteToASCII(to.Member))
	m.Header.Set(headerUser, strconv.QuoteToASCII(to.User))
	m.Header.Set(headerCode, strconv.Itoa(int(e.Code)))
	m.Header.Set(headerReason, strconv.QuoteToASCII(e.Reason))
	if e.Message.Binary {
		m.Header.Set(headerBinary, "1")
	}
	return m
}

func readAction(m *natsgo.Msg) (to wsh.Addressee, e wsh.Action, err error) {
	var errs [4]error
	var code int
	to.Member, errs[0] = strconv.Unquote(m.Header.Get(headerMember))
	to.User, errs[1] = strconv.Unquote(m.Header.Get(headerUser))
	e.Reason, errs[2] = strconv.Unquote(m.Header.Get(headerReason))
	code, errs[3] = strconv.Atoi(m.Header.Get(headerCode))
	e.Code = wsh.StatusCode(code)
	e.Message = wsh.Message{Binary: m.Header.Get(headerBinary) != "", Data: m.Data}
	return to, e, errors.Join(errs[:]...)
}
