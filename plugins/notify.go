package plugins

import (
	"errors"
	"io/fs"

	"github.com/fsnotify/fsnotify"
)

// notifier asks the system to announce changes. It may not be able to: polling goes on beside it.
type notifier struct {
	w       *fsnotify.Watcher
	events  <-chan fsnotify.Event
	errors  <-chan error
	folders map[string]bool
	broken  error // to be reported once
	told    bool
}

func openNotifier(wanted bool) *notifier {
	n := &notifier{folders: map[string]bool{}}
	if !wanted {
		return n
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		n.broken = err
		return n
	}
	n.w, n.events, n.errors = w, w.Events, w.Errors
	return n
}

// watch watches these folders and no others. more says that some are new. What keeps it from
// watching is returned the first time.
func (n *notifier) watch(folders []string) (more bool, _ error) {
	if n.w == nil {
		return false, n.tell(n.broken)
	}
	now := map[string]bool{}
	var failed error
	for _, folder := range folders {
		now[folder] = true
		// Adding is cheap if it is watched, and needed if it is another folder of the same name.
		switch err := n.w.Add(folder); {
		case err == nil:
			more = more || !n.folders[folder]
		case !errors.Is(err, fs.ErrNotExist):
			failed = err
		}
	}
	for folder := range n.folders {
		if !now[folder] {
			_ = n.w.Remove(folder) // it may be gone, and its watch with it
		}
	}
	n.folders = now
	return more, n.tell(failed)
}

func (n *notifier) tell(err error) error {
	if err == nil || n.told {
		return nil
	}
	n.told = true
	return err
}

// close ends the watching.
func (n *notifier) close() {
	if n.w != nil {
		_ = n.w.Close() // nothing is lost with it
	}
}
