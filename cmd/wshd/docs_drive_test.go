package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

// drive does what a reader would do at this point of a document:
//
//	run COMMAND                in the shell, whatever its exit status
//	check COMMAND              in the shell, and it succeeds
//	with postgres|redis|backend  one that the test starts; its address is in the environment
//	needs PROGRAM PACKAGE      the rest is skipped where there is none
//	as NAME                    be the client of that name from here on
//	header NAME: VALUE         what is connected from here on says so; nothing: it does not
//	replace FILE OLD/NEW       edit a handler; it is reloaded
//	spoil FILE OLD/NEW         edit a handler so that it does not load
//	log TEXT                   the log has it
//	get PATH TEXT              the answer by plain HTTP has it
//	dial PATH [PROTOCOLS]      connect, as the client of what follows
//	refused PATH [PROTOCOLS]   connecting does not work
//	send TEXT
//	expect TEXT                the next message is this
//	matches REGEXP             the next message does
//	receive                    the next message is whatever
//	until TEXT                 one of the next messages is this
//	cookies FILE               what is connected from here on brings the cookies of this file of curl's
//	copy NAME FILE             a file of the checkout's
//	page PATH                  open it in a browser
//	shows SELECTOR TEXT        the page comes to show it there
//	close CODE
//	closed CODE                the Close frame comes, and has it
func (s *sitting) drive(step docStep) {
	s.t.Helper()
	first, rest, _ := strings.Cut(step.text, " ")
	switch step.verb {
	case "run":
		s.toEnd(docStep{line: step.line, verb: "may fail"}, []string{"set +e", step.text})
	case "check":
		s.toEnd(docStep{line: step.line}, []string{step.text})
	case "with":
		s.with(step.text)
	case "needs":
		needs(s.t, first, rest)
	case "as":
		s.who = step.text
	case "header":
		s.header = nil
		if step.text != "" {
			s.header = []string{step.text}
		}
	case "cookies":
		s.header = []string{"Cookie: " + s.cookies(step.text)}
	case "copy":
		text, err := os.ReadFile(filepath.Join(checkout, first))
		if err != nil {
			s.t.Fatal(err)
		}
		writeTree(s.t, filepath.Join(s.dir, rest), text, 0o644)
	case "page":
		s.openPage(first)
	case "shows":
		s.page.sees(first, rest)
	case "replace":
		s.replace(step, first, rest, "reloaded")
	case "spoil":
		s.replace(step, first, rest, "not reloaded")
	case "log":
		s.server.wait(s.t, 0, regexp.MustCompile(regexp.QuoteMeta(step.text)))
	case "get":
		if got := getPage(s.t, s.server.addr, first); !strings.Contains(got, rest) {
			s.t.Errorf("line %d: got %q, want %q", step.line, got, rest)
		}
	case "dial":
		s.hangUp()
		client, status := dialFrames(s.t, s.server.addr, "null", first, rest, s.header...)
		if status != 101 {
			log, _ := s.server.text()
			s.t.Fatalf("line %d: got %d, want 101\n%s", step.line, status, log)
		}
		s.clients[s.who] = client
	case "refused":
		if _, status := dialFrames(s.t, s.server.addr, "null", first, rest, s.header...); status == 101 {
			s.t.Errorf("line %d: got 101, want a refusal", step.line)
		}
	case "send":
		s.client().send(step.text)
	case "expect":
		if got := s.client().receive(); got != step.text {
			s.t.Errorf("line %d: got %q, want %q", step.line, got, step.text)
		}
	case "matches":
		if got := s.client().receive(); !regexp.MustCompile(step.text).MatchString(got) {
			s.t.Errorf("line %d: got %q, want %s", step.line, got, step.text)
		}
	case "receive":
		s.client().receive()
	case "until":
		for s.client().receive() != step.text {
		}
	case "close":
		s.client().close(s.code(step))
	case "closed":
		if got := s.client().closed(); got != s.code(step) {
			s.t.Errorf("line %d: got %v, want %v", step.line, got, step.text)
		}
	default:
		s.t.Errorf("line %d: what is %q?", step.line, step.verb)
	}
}

// hangUp ends the client's connection, so that nobody waits for it to answer a close.
func (s *sitting) hangUp() {
	if c := s.clients[s.who]; c != nil {
		c.c.Close()
	}
}

// client is the one whose turn it is.
func (s *sitting) client() *frames {
	s.t.Helper()
	if s.clients[s.who] == nil {
		s.t.Fatalf("%q has not connected", s.who)
	}
	return s.clients[s.who]
}

func (s *sitting) code(step docStep) wsh.StatusCode {
	s.t.Helper()
	code, err := strconv.ParseUint(step.text, 10, 16)
	if err != nil {
		s.t.Fatalf("line %d: %v", step.line, err)
	}
	return wsh.StatusCode(code)
}

// replace edits a handler.
func (s *sitting) replace(step docStep, name, change, event string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	before, after, ok := strings.Cut(change, "/")
	if !ok || !strings.Contains(string(text), before) {
		s.t.Fatalf("line %d: there is no %q in %s", step.line, before, name)
	}
	s.change(step, name, strings.Replace(string(text), before, after, 1), event)
}
