package nowait

import (
	"bytes"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is an io_uring, see io_uring(7): a queue of requests that one system call hands to the kernel, and
// a queue of what came of them. It serves for nothing but sending to sockets that do not block, which is
// over when the call returns; that costs a fifth to a third less than a call for each.
//
// There is none on kernels before 5.6, where the administrator has disabled it, and wherever system calls
// are filtered, as in most containers and by many units of systemd: some filters end a process that asks.
type ring struct {
	fd       uintptr
	requests []request
	outcomes []outcome

	requested *uint32 // how many requests there ever were
	read      *uint32 // how many outcomes have been read
	done      *uint32 // how many there ever were; the kernel's
}

// request is struct io_uring_sqe of linux/io_uring.h, as it is for a send.
type request struct {
	opcode, flags uint8
	priority      uint16
	fd            int32
	offset        uint64
	addr          uint64
	size          uint32
	message       uint32 // flags of send(2)
	user          uint64
	_             [3]uint64
}

// outcome is struct io_uring_cqe.
type outcome struct {
	user  uint64
	res   int32
	flags uint32
}

// params is struct io_uring_params.
type params struct {
	requests, outcomes uint32
	_                  [8]uint32
	requestsAt         struct {
		head, tail, mask, entries, flags, dropped, array, _ uint32
		_                                                   uint64
	}
	outcomesAt struct {
		head, tail, mask, entries, overflow, outcomes, flags, _ uint32
		_                                                       uint64
	}
}

// What is needed of linux/io_uring.h.
const (
	opSend = 26

	enterGetEvents = 1

	mapRequestQueue = 0
	mapOutcomeQueue = 0x8000000
	mapRequests     = 0x10000000
)

const (
	ringSize = 32 // requests that are handed over together
	maxRings = 8  // each is a descriptor and some pages
)

// rings are those that nobody uses: as many as can be at work together.
var rings = sync.OnceValue(func() chan *ring {
	free := make(chan *ring, min(runtime.GOMAXPROCS(0), maxRings))
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || filtered(status) {
		return free
	}
	for range cap(free) {
		r, err := newRing()
		if err != nil {
			break
		}
		if !r.works() {
			r.close()
			break
		}
		free <- r
	}
	return free
})

// filtered reports whether system calls are, see proc_pid_status(5), or that it is not told.
func filtered(status []byte) bool { return !bytes.Contains(status, []byte("\nSeccomp:\t0\n")) }

// take returns nil if there is none.
func take() *ring {
	select {
	case r := <-rings():
		return r
	default:
		return nil
	}
}

func (r *ring) spare() {
	if r.fd != None {
		rings() <- r
	}
}

func newRing() (*ring, error) {
	var p params
	fd, _, errno := syscall.Syscall(unix.SYS_IO_URING_SETUP, ringSize, uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, errno
	}
	r := &ring{fd: fd}
	q, err := r.mapped(mapRequestQueue, p.requestsAt.array+p.requests*4)
	if err != nil {
		return nil, err
	}
	o, err := r.mapped(mapOutcomeQueue, p.outcomesAt.outcomes+p.outcomes*uint32(unsafe.Sizeof(outcome{})))
	if err != nil {
		return nil, err
	}
	s, err := r.mapped(mapRequests, p.requests*uint32(unsafe.Sizeof(request{})))
	if err != nil {
		return nil, err
	}
	r.requests = unsafe.Slice((*request)(unsafe.Pointer(&s[0])), p.requests)
	r.outcomes = unsafe.Slice((*outcome)(unsafe.Pointer(&o[p.outcomesAt.outcomes])), p.outcomes)
	number := func(b []byte, at uint32) *uint32 { return (*uint32)(unsafe.Pointer(&b[at])) }
	r.requested = number(q, p.requestsAt.tail)
	r.read, r.done = number(o, p.outcomesAt.head), number(o, p.outcomesAt.tail)
	order := unsafe.Slice(number(q, p.requestsAt.array), p.requests)
	for i := range order { // requests are handed over in the order in which they stand there
		order[i] = uint32(i)
	}
	return r, nil
}

// mapped is memory that the kernel shares. It stays until the process ends, or the ring is not made.
func (r *ring) mapped(at int64, size uint32) ([]byte, error) {
	b, err := syscall.Mmap(int(r.fd), at, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	if err != nil {
		r.close()
	}
	return b, err
}

// close ends it. What it maps stays: it happens once, if ever.
func (r *ring) close() {
	syscall.Close(int(r.fd))
	r.fd = None
}

// works tries it.
func (r *ring) works() bool {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer syscall.Close(pair[0])
	defer syscall.Close(pair[1])
	ws := []Writing{{FD: uintptr(pair[0]), P: []byte{0}}}
	r.send(ws)
	return ws[0].N == 1
}

// send writes what each socket takes.
func (r *ring) send(ws []Writing) {
	tell()
	for first := 0; first < len(ws) && r.fd != None; first += len(r.requests) {
		r.sendSome(ws[first:min(first+len(r.requests), len(ws))])
	}
	runtime.KeepAlive(ws)
}

// sendSome has the kernel try all of ws, and reads what came of it.
func (r *ring) sendSome(ws []Writing) {
	last := *r.requested
	for i := range ws {
		w := &ws[i]
		r.requests[last%uint32(len(r.requests))] = request{
			opcode:  opSend,
			fd:      int32(w.FD),
			addr:    uint64(uintptr(unsafe.Pointer(unsafe.SliceData(w.P)))),
			size:    uint32(len(w.P)),
			message: syscall.MSG_DONTWAIT | syscall.MSG_NOSIGNAL,
			user:    uint64(i),
		}
		last++
	}
	atomic.StoreUint32(r.requested, last)
	for begun, done := 0, 0; done < len(ws); {
		n, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, r.fd, uintptr(len(ws)-begun), uintptr(len(ws)-done), enterGetEvents, 0, 0)
		if errno != 0 && errno != syscall.EINTR {
			r.close() // those that have not begun never will
			return
		}
		if errno == 0 {
			begun += int(n)
		}
		done += r.collect(ws)
	}
}

// collect reads how many bytes were sent of each, and tells of how many it is known.
func (r *ring) collect(ws []Writing) (n int) {
	at := *r.read
	for ; at != atomic.LoadUint32(r.done); at++ {
		o := r.outcomes[at%uint32(len(r.outcomes))]
		ws[o.user].N = max(0, int(o.res))
		n++
	}
	atomic.StoreUint32(r.read, at)
	return n
}
