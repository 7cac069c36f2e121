//go:build ignore

// Tracker passes positions on. Each client sends JSON arrays [id, latitude, longitude], in degrees,
// whenever it moves; everybody, the sender too, receives each. Who connects is first told where the
// others were last.
package main

import (
	"encoding/json"
	"errors"
	"sync"

	"wshd/plugins/wsh"
)

// last holds, for each connection that has sent a position, its latest message. It belongs to this
// version of the script: after a reload it fills again as people move.
var (
	mu   sync.Mutex
	last = map[*wsh.Request]wsh.Message{}
)

// DoExtraHandshake accepts everybody.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData forgets the client's position when it goes.
func TransferData(r *wsh.Request) error {
	err := track(r)
	mu.Lock()
	delete(last, r)
	mu.Unlock()
	return err
}

func track(r *wsh.Request) error {
	room := r.Join("tracker")
	for _, msg := range known() {
		if err := r.SendMessage(msg); err != nil {
			return err
		}
	}
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if err := check(msg); err != nil {
			return &wsh.CloseError{Code: wsh.StatusPolicyViolation, Reason: err.Error()}
		}
		mu.Lock()
		last[r] = msg
		mu.Unlock()
		if err := room.Publish(msg); err != nil {
			return err
		}
	}
}

// known copies the latest positions, so that the lock is not held while they are sent.
func known() []wsh.Message {
	mu.Lock()
	defer mu.Unlock()
	var list []wsh.Message
	for _, msg := range last {
		list = append(list, msg)
	}
	return list
}

// check keeps out what would break the others' pages.
func check(msg wsh.Message) error {
	var position []any
	if err := json.Unmarshal(msg.Data, &position); msg.Binary || err != nil || len(position) != 3 {
		return errors.New("want a JSON array: [id, latitude, longitude]")
	}
	lat, isNumber := position[1].(float64)
	if !isNumber || lat < -90 || lat > 90 {
		return errors.New("want a latitude of -90 to 90 degrees")
	}
	long, isNumber := position[2].(float64)
	if !isNumber || long < -180 || long > 180 {
		return errors.New("want a longitude of -180 to 180 degrees")
	}
	return nil
}
