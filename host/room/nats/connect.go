package nats

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/regular"
)

// retryEvery is how long after a failure the servers, or the folder, are tried again.
const retryEvery = time.Second

// connect makes the connection, and makes another should that ever be given up.
func (r *Rooms) connect() {
	for r.ctx.Err() == nil {
		closed := make(chan struct{})
		what, err := r.dial(closed)
		if err != nil {
			r.failures.wrong(r.log, what, err)
			r.pause(retryEvery)
			continue
		}
		select {
		case <-closed:
		case <-r.ctx.Done():
		}
	}
}

func (r *Rooms) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.ctx.Done():
	}
}

// dial begins to connect. What it returns is what err is about.
func (r *Rooms) dial(closed chan struct{}) (what string, err error) {
	options, what, err := r.options(closed)
	if err != nil {
		return what, err
	}
	nc, err := natsgo.Connect(strings.Join(r.c.Servers, ","), options...)
	if err != nil {
		return what, err
	}
	r.link.Store(nc)
	if len(r.c.Servers) > 0 {
		r.presence.subscribe(nc)
		r.subscribeUsers(nc)
	}
	if nc.IsConnected() {
		r.connected(nc)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.feeds {
		f.subscribe(nc)
	}
	for begin := range r.served {
		r.serveDirect(nc, begin)
	}
	return what, nil
}

// session is the time from one connection to its end: what has been asked then and not answered is asked anew.
type session struct {
	ctx context.Context
	end context.CancelFunc
}

func (r *Rooms) newSession() {
	ctx, cancel := context.WithCancel(r.ctx)
	if old := r.session.Swap(&session{ctx, cancel}); old != nil {
		old.end()
	}
}

// connected is called whenever there is a connection.
func (r *Rooms) connected(nc *natsgo.Conn) {
	r.newSession()
	r.failures.well(r.log, r.where())
	r.up.happens()
	if len(r.c.Servers) > 0 {
		r.presence.alive()
	}
	r.eachFeed((*feed).requestCompare)
}

// eachFeed calls do with each feed.
func (r *Rooms) eachFeed(do func(*feed)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.feeds {
		do(f)
	}
}

// where is what errors of the connection are about.
func (r *Rooms) where() string {
	if len(r.c.Servers) > 0 {
		return "rooms.nats.servers"
	}
	return "rooms.store"
}

// options are those of the connection: it is tried for ever, and what cannot be sent now is an error and not
// sent later, when nobody expects it any more.
func (r *Rooms) options(closed chan struct{}) (list []natsgo.Option, what string, err error) {
	list = []natsgo.Option{
		natsgo.Name("wshd"), natsgo.NoEcho(), natsgo.RetryOnFailedConnect(true), natsgo.MaxReconnects(-1),
		natsgo.ReconnectBufSize(-1), natsgo.ReconnectWait(200 * time.Millisecond),
		natsgo.ReconnectJitter(200*time.Millisecond, 200*time.Millisecond), natsgo.Timeout(2 * time.Second),
		natsgo.PingInterval(time.Second), natsgo.MaxPingsOutstanding(2), natsgo.FlusherTimeout(2 * time.Second),
		natsgo.IgnoreAuthErrorAbort(),
		natsgo.ConnectHandler(r.connected),
		natsgo.ReconnectHandler(func(nc *natsgo.Conn) { r.reconnects.Add(1); r.connected(nc) }),
		natsgo.DisconnectErrHandler(func(_ *natsgo.Conn, err error) {
			r.newSession()
			r.eachFeed((*feed).distrust)
			if r.ctx.Err() == nil {
				r.failures.wrong(r.log, r.where(), fmt.Errorf("the connection has ended (%w)", errOr(err, natsgo.ErrConnectionClosed)))
			}
		}),
		natsgo.ReconnectErrHandler(func(_ *natsgo.Conn, err error) { r.failures.wrong(r.log, r.where(), err) }),
		natsgo.ErrorHandler(func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) { r.log.Debug("nats", "err", err) }),
		natsgo.ClosedHandler(func(*natsgo.Conn) { close(closed) }),
	}
	if len(r.c.Servers) == 0 {
		e := r.store.Load()
		if e == nil {
			if e, err = openEmbedded(r.c.Folder, r.c.Sync, r.log); err != nil {
				return nil, "rooms.store", err
			}
			r.store.Store(e)
			if err := r.readCounts(e.folder); err != nil {
				r.log.Error("store is damaged", "err", err)
			}
		}
		return append(list, natsgo.InProcessServer(e)), "rooms.store", nil
	}
	for _, file := range []struct {
		key, name string
		option    func(string) natsgo.Option
	}{
		{"rooms.nats.credentials", r.c.Credentials, func(name string) natsgo.Option { return natsgo.UserCredentials(name) }},
		{"rooms.nats.ca", r.c.CA, authorities},
	} {
		if file.name == "" {
			continue
		}
		if _, err := regular.Read(file.name); err != nil {
			return nil, file.key, err
		}
		list = append(list, file.option(file.name))
	}
	return list, "rooms.nats.servers", nil
}

// authorities are those whose certificates the servers' are signed by, read anew for each connection.
func authorities(file string) natsgo.Option {
	return natsgo.ClientTLSConfig(nil, func() (*x509.CertPool, error) {
		text, err := regular.Read(file)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", file)
		}
		return pool, nil
	})
}

func errOr(err, otherwise error) error {
	if err == nil {
		return otherwise
	}
	return err
}

// reach waits for a connection until ctx ends.
func (r *Rooms) reach(ctx context.Context) (*natsgo.Conn, error) {
	for {
		next := r.up.next()
		if nc := r.link.Load(); nc != nil && nc.IsConnected() {
			return nc, nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %s cannot be reached", wsh.ErrUnavailable, r.where())
		case <-r.ctx.Done():
			return nil, wsh.ErrClosed
		}
	}
}
