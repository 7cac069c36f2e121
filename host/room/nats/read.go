package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// head is the last number of the stream, and its epoch, as its leader knows them.
func (s *stream) head(ctx context.Context, nc *natsgo.Conn) (last uint64, epoch string, err error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return 0, "", err
	}
	there, err := js.Stream(ctx, s.name)
	if err != nil {
		return 0, "", err
	}
	info := there.CachedInfo()
	return info.State.LastSeq, info.Config.Metadata[metaEpoch], nil
}

// stored is a message as the leader tells it.
type stored struct {
	Message *struct {
		Seq  uint64    `json:"seq"`
		Time time.Time `json:"time"`
	} `json:"message"`
	Error *apiError `json:"error"`
}

// apiError is what a server answers instead.
type apiError struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%s (%d)", e.Description, e.ErrCode) }

// leaderGet asks the leader for one message, and returns its number and time; 0: there is none.
func (s *stream) leaderGet(ctx context.Context, nc *natsgo.Conn, epoch string, what map[string]any) (id room.ID, err error) {
	body, err := json.Marshal(what)
	if err != nil {
		return id, err
	}
	answer, err := nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+s.name, body)
	if err != nil {
		return id, err
	}
	var m stored
	if err := json.Unmarshal(answer.Data, &m); err != nil {
		return id, err
	}
	id.Epoch = epoch
	switch {
	case m.Error != nil && m.Error.ErrCode == int(jetstream.JSErrCodeMessageNotFound):
		return id, nil
	case m.Error != nil:
		return id, m.Error
	case m.Message == nil:
		return id, errors.New("the stream's leader answers nothing")
	}
	id.Seq, id.At = m.Message.Seq, m.Message.Time.UnixNano()
	return id, nil
}

// batch is how many messages, and bytes, are asked for at one time. On a slow line more would keep the answers to
// pings waiting, and the connection would be taken for dead.
const (
	batch      = 256
	batchBytes = 1 << 20
)

// errGap says that what follows a message cannot be told, since it is not there itself.
var errGap = errors.New("the message before is not kept any more")

// read is what is kept under subject after one message, up to a number. Whoever has a copy of the stream
// answers, and it may be a stale one: then there is less. Each part begins with what ended the one before, since
// what came between may have come and gone.
func (s *stream) read(w *waiting, subject string, after room.ID, to uint64) (list []room.Kept, err error) {
	for after.Seq < to {
		part, err := s.readSome(w.ctx, w.nc, subject, after.Epoch, max(1, after.Seq))
		if err != nil {
			return nil, err
		}
		if after.Seq > 0 {
			if len(part) == 0 || part[0].ID != after {
				return nil, errGap
			}
			part = part[1:]
		}
		if len(part) == 0 {
			break
		}
		w.goes()
		for _, k := range part {
			if k.ID.Seq <= to {
				list = append(list, k)
			}
		}
		after = part[len(part)-1].ID
	}
	return list, nil
}

// readSome is a part of that, from a number on.
func (s *stream) readSome(ctx context.Context, nc *natsgo.Conn, subject, epoch string, from uint64) (list []room.Kept, err error) {
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }() // its error is that of the connection, which others meet
	body, err := json.Marshal(map[string]any{"seq": from, "next_by_subj": subject, "batch": batch, "max_bytes": batchBytes})
	if err != nil {
		return nil, err
	}
	if err := nc.PublishRequest("$JS.API.DIRECT.GET."+s.name, inbox, body); err != nil {
		return nil, err
	}
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		switch status := m.Header.Get("Status"); status {
		case "":
		case "204", "404":
			return list, nil
		default:
			return nil, fmt.Errorf("read %s: %s %s", s.name, status, m.Header.Get("Description"))
		}
		k, err := keptOf(m, epoch)
		if err != nil {
			return nil, err
		}
		list = append(list, k)
	}
}

// keptOf is a message as the server has stored it.
func keptOf(m *natsgo.Msg, epoch string) (room.Kept, error) {
	id, err := numbered(m, epoch)
	return room.Kept{ID: id, Message: wsh.Message{Binary: m.Header.Get(headerBinary) != "", Data: m.Data}}, err
}

// numbered is the id that the server has given a message.
func numbered(m *natsgo.Msg, epoch string) (id room.ID, err error) {
	id.Epoch = epoch
	if id.Seq, err = strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64); err != nil {
		return id, fmt.Errorf("a message without a number: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, m.Header.Get(jetstream.TimeStampHeaer))
	id.At = at.UnixNano()
	return id, err
}
