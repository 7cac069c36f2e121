package plugins

import "time"

// EventKind says what an Event is about.
type EventKind int

// What happens to handlers.
const (
	Loaded   EventKind = iota + 1 // a path has a handler that had none
	Reloaded                      // new connections get a new version
	Failed                        // the script does not load; Version serves on, if there is one
	Removed                       // the script is gone, and its path with it
	Killed                        // Version ran for too long; a fresh one takes its place
	Warning                       // something is there and not served; Err says what and why
)

// String returns the kind in lower case.
func (k EventKind) String() string {
	switch k {
	case Loaded:
		return "loaded"
	case Reloaded:
		return "reloaded"
	case Failed:
		return "failed"
	case Removed:
		return "removed"
	case Killed:
		return "killed"
	case Warning:
		return "warning"
	}
	return "unknown"
}

// Event is something that happened to a script. Each is reported once: a broken save not again until
// the script changes, a warning not again while what it is about stays.
type Event struct {
	Kind    EventKind
	Script  string // the file or folder, relative to the root
	Path    string // as it stands in an address; "" of a Warning
	Version int    // the one that serves now; 0: none
	Err     error  // of Failed, Killed and Warning
	Took    time.Duration

	Again    bool // of Reloaded: the script as it was, started afresh after it had been killed
	Unserved bool // of a Warning: something that is named like a handler, or may hold some, is passed over
}
