package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// attempt is how long one try of a publish may take. It is made again under the same id, so that what has been
// taken and not acknowledged does not come twice.
const attempt = 900 * time.Millisecond

// full are a server's words that there is no more room: it makes no sense to wait. With others it does, such as
// that it is at work on a message of that id.
var full = map[int]bool{10023: true, 10047: true, 10077: true}

// message is m as it goes over NATS.
func message(subject, name string, m wsh.Message) *natsgo.Msg {
	out := natsgo.NewMsg(subject)
	out.Data = m.Data
	if m.Binary {
		out.Header.Set(headerBinary, "1")
	}
	if token(name)[0] == '~' {
		out.Header.Set(headerRoom, strconv.QuoteToASCII(name[:min(len(name), 1000)]))
	}
	return out
}

// ack is what a stream answers to a publish.
type ack struct {
	Seq   uint64    `json:"seq"`
	Error *apiError `json:"error"`
}

// publishKept publishes until the stream has acknowledged it.
func (r *Rooms) publishKept(s *stream, name string, m wsh.Message, how wsh.PublishOptions) (id string, err error) {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	key := how.Key
	if key == "" {
		key = nuid.Next()
	}
	out := message(r.historySubject(s, name), name, m)
	out.Header.Set(natsgo.MsgIdHdr, messageID(name, key))
	for late := 0; ; {
		nc, err := r.reach(ctx)
		if err != nil {
			return "", err
		}
		if max := nc.MaxPayload(); int64(out.Size()) > max {
			return "", fmt.Errorf("%w: %d bytes, and the NATS servers take %d (max_payload)", wsh.ErrBadOperation, out.Size(), max)
		}
		a, epoch, err := r.try(ctx, nc, s, out)
		if err == nil {
			r.acknowledged(name, room.ID{Epoch: epoch, Seq: a.Seq})
		}
		switch {
		case err == nil && how.ID:
			return r.idOf(ctx, nc, s, epoch, a.Seq)
		case err == nil:
			return "", nil
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, natsgo.ErrTimeout):
			if late++; late == 2 {
				r.notAnswered(nc)
			}
		}
		var said *apiError
		if errors.As(err, &said) && full[said.ErrCode] {
			r.failures.wrong(r.log, s.what(), err)
			return "", fmt.Errorf("%w: %w", wsh.ErrUnavailable, err)
		}
		pause := time.NewTimer(50 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return "", fmt.Errorf("%w: %w", wsh.ErrUnavailable, err)
		}
	}
}

// acknowledged notes what a publisher here has been told, who is to find it here from now on.
func (r *Rooms) acknowledged(name string, id room.ID) {
	r.mu.Lock()
	f := r.feeds[name]
	r.mu.Unlock()
	if f != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if id.Epoch != f.acked.Epoch || id.Seq > f.acked.Seq {
			f.acked = id
		}
	}
}

// try publishes once.
func (r *Rooms) try(ctx context.Context, nc *natsgo.Conn, s *stream, m *natsgo.Msg) (a ack, epoch string, err error) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	if now := r.session.Load(); now != nil {
		defer context.AfterFunc(now.ctx, cancel)()
	}
	if epoch, err = s.ensure(ctx, nc); err != nil {
		return a, "", err
	}
	answer, err := nc.RequestMsgWithContext(ctx, m)
	if errors.Is(err, natsgo.ErrNoResponders) {
		s.lost(epoch) // or JetStream is not ready
	}
	if err != nil {
		return a, "", err
	}
	if err := json.Unmarshal(answer.Data, &a); err != nil {
		return a, "", fmt.Errorf("the stream's answer: %w", err)
	}
	if a.Error != nil {
		return a, "", a.Error
	}
	r.failures.well(r.log, s.what())
	r.count(s, a.Seq)
	return a, epoch, nil
}

// idOf is the id of what the stream has taken under that number.
func (r *Rooms) idOf(ctx context.Context, nc *natsgo.Conn, s *stream, epoch string, seq uint64) (string, error) {
	for {
		id, err := s.leaderGet(ctx, nc, epoch, map[string]any{"seq": seq})
		if err == nil && id.Seq == 0 { // more has come than is kept
			return room.ID{Epoch: epoch, Seq: seq}.String(), nil
		}
		if err == nil {
			return id.String(), nil
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("%w: %w", wsh.ErrUnavailable, err)
		}
	}
}

// notAnswered: the connection is there and nothing comes back. Another server may do better, and one of our own
// is begun anew.
func (r *Rooms) notAnswered(nc *natsgo.Conn) {
	r.late.Add(1)
	if e := r.store.Load(); e != nil {
		if err := e.restart(); err != nil {
			r.failures.wrong(r.log, "rooms.store", err)
		}
		return
	}
	_ = nc.ForceReconnect() // an error says that it is being done
}
