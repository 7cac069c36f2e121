package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/serve"
	"wshd/host/room"
)

// maxLine bounds a line that is published, in bytes.
const maxLine = 4 << 20

// publish publishes to a room of the running wshd: what the command line says, or each line of standard input.
func (p program) publish(f config.Flags) error {
	if len(f.Args) == 0 {
		return hint.Usage(errors.New("publish: to which room?"), `wshd publish chat "hello"`)
	}
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	if len(f.Args) == 2 {
		return p.publishOne(s, f, []byte(f.Args[1]))
	}
	lines := bufio.NewScanner(p.stdin)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if err := p.publishOne(s, f, lines.Bytes()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line is longer than %d bytes", maxLine)
	}
	return lines.Err()
}

func (p program) publishOne(s *config.Settings, f config.Flags, data []byte) error {
	argument, err := json.Marshal(serve.Published{Room: f.Args[0], Data: data})
	if err != nil {
		return err
	}
	text, err := serve.SendOrder(p.environ, s, "publish "+string(argument))
	if err != nil || !f.JSON {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, text)
	return err
}

// askRunning asks the running wshd, and shows what it answers: as it comes with --json.
func askRunning[T any](p program, f config.Flags, question string, show func(io.Writer, T) error) error {
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	text, err := serve.SendOrder(p.environ, s, question)
	if err != nil {
		return err
	}
	if f.JSON {
		_, err := fmt.Fprintln(p.stdout, text)
		return err
	}
	var answer T
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return fmt.Errorf("what the running wshd answers: %w", err)
	}
	return show(p.stdout, answer)
}

// rooms lists the rooms of the running wshd.
func (p program) rooms(f config.Flags) error {
	return askRunning(p, f, "rooms", func(out io.Writer, list []room.Info) error {
		if len(list) == 0 {
			_, err := fmt.Fprintln(out, "no room has members, or keeps anything")
			return err
		}
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ROOM\tMEMBERS\tKEPT")
		for _, r := range list {
			fmt.Fprintf(table, "%.100q\t%d\t%d\n", r.Name, r.Members, r.Kept)
		}
		return table.Flush()
	})
}

// status tells how the running wshd is.
func (p program) status(f config.Flags) error {
	return askRunning(p, f, "status", func(out io.Writer, s serve.Status) error {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(table, "wshd %s\tup for %v\n", s.Version, time.Since(s.Since).Round(time.Second))
		fmt.Fprintf(table, "ready\t%s\n", s.Ready)
		fmt.Fprintf(table, "handlers\t%d serve, %d do not load as they are now\n", s.Serving, s.Failing)
		fmt.Fprintf(table, "connections\t%d open, %d have ended\n", s.Connections, s.Ended)
		fmt.Fprintf(table, "messages\t%d in, %d out\n", s.MessagesIn, s.MessagesOut)
		fmt.Fprintf(table, "memory\t%d MiB\n", s.Memory>>20)
		r := s.Rooms
		fmt.Fprintf(table, "rooms\t%d with %d connections; %d keep %d KiB\n", r.Rooms, r.Connections, r.Kept, r.HistoryBytes>>10)
		if r.Backend != "" {
			fmt.Fprintf(table, "backend\t%s\n", strings.Join(append([]string{r.Where + " " + r.Backend}, r.Wrong...), "; "))
		}
		return table.Flush()
	})
}
