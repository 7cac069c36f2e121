package serve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
)

// SendOrder tells the running wshd of this configuration to do something, and returns what it says.
func SendOrder(environ []string, s *config.Settings, name string) (string, error) {
	c, err := dialControl(runtimeFolders(environ), s.Listen[0])
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(controlTimeout)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, name+"\n"); err != nil {
		return "", err
	}
	said, err := io.ReadAll(c)
	if err != nil {
		return "", err
	}
	head, text, _ := strings.Cut(string(said), "\n")
	switch head {
	case "ok":
		return text, nil
	case "error":
		return "", hint.Parse(text)
	}
	return "", errors.New("wshd went away without an answer")
}

// dialControl finds the wshd that listens at a; else, since a may be new, the only one there is.
func dialControl(folders []string, a listen.Address) (net.Conn, error) {
	_, port, _ := net.SplitHostPort(a.Name) // other networks have none
	var others []string
	for _, dir := range folders {
		name := filepath.Join(dir, controlName(a, port))
		if c, err := net.Dial("unix", name); err == nil {
			return c, nil
		} else if errors.Is(err, fs.ErrPermission) {
			return nil, hint.With(fmt.Errorf("the wshd at %s is not yours", a), "only who runs it can tell it what to do, and root")
		}
		found, _ := filepath.Glob(filepath.Join(dir, "*"+controlSuffix))
		others = append(others, found...)
	}
	var running []net.Conn
	others = slices.DeleteFunc(others, func(name string) bool {
		c, err := net.Dial("unix", name)
		if err == nil {
			running = append(running, c)
		}
		return err != nil
	})
	if len(running) == 1 {
		return running[0], nil
	}
	for _, c := range running {
		c.Close()
	}
	if len(running) == 0 {
		return nil, hint.With(errors.New("no wshd is running that can be told"),
			"it must be yours, on this machine; elsewhere send it SIGHUP")
	}
	for i, name := range others {
		name, _ = url.PathUnescape(strings.TrimSuffix(filepath.Base(name), controlSuffix))
		_, others[i], _ = strings.Cut(name, " ")
	}
	return nil, hint.With(fmt.Errorf("there is no wshd at %s, but at %s", a, strings.Join(others, " and at ")), "say which: --listen "+others[0])
}
