package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A damaged store opens without its last publications, and reports nothing. So we note the last number of each
// stream, every few seconds and at the end, and compare.
const (
	countsFile  = "counts.json"
	countsEvery = 5 * time.Second
)

// noteCounts notes the last numbers, if they have changed.
func (r *Rooms) noteCounts() {
	e := r.store.Load()
	if e == nil {
		return
	}
	r.mu.Lock()
	changed := r.counted
	r.counted = false
	body, err := json.Marshal(r.counts)
	r.mu.Unlock()
	if !changed || err != nil {
		return
	}
	name := filepath.Join(e.folder, countsFile)
	if err = os.WriteFile(name+".new", body, 0o600); err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		r.failures.wrong(r.log, "rooms.store", err)
	}
}

// count notes the number of what a stream has taken.
func (r *Rooms) count(s *stream, seq uint64) {
	if len(r.c.Servers) > 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[string]uint64{}
	}
	if seq > r.counts[s.name] {
		r.counts[s.name], r.counted = seq, true
	}
}

// readCounts reads what was noted.
func (r *Rooms) readCounts(folder string) error {
	body, err := os.ReadFile(filepath.Join(folder, countsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	counts := map[string]uint64{}
	if err == nil {
		err = json.Unmarshal(body, &counts)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", countsFile, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts = counts
	return nil
}

// compareCounts tells what a stream has lost, once.
func (r *Rooms) compareCounts(s *stream, last uint64) {
	r.mu.Lock()
	noted := r.counts[s.name]
	if noted > last {
		r.counts[s.name], r.counted = last, true
	}
	r.mu.Unlock()
	if noted > last {
		r.log.Error("store is damaged", "reason", s.what(), "count", noted-last,
			"hint", "so many publications at its end are missing; those before them are there")
	}
}
