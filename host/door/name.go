package door

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// punycode maps names as browsers do (UTS 46, as the URL standard uses it).
var punycode = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.CheckHyphens(false), idna.BidiRule())

// maxName and maxLabel are how many bytes a name, and what stands between its dots, may have before they are
// punycode, of which 254 and 63 are sent. To make it takes time that grows with the square of a label.
const (
	maxName  = 512
	maxLabel = 252
)

// NormalName is a host's name, or its address without brackets, as browsers send it: in small letters, other
// letters than those of ASCII as punycode, addresses in their shortest form. An error says why it is no name.
func NormalName(name string) (string, error) {
	if len(name) > maxName || longestLabel(name) > maxLabel { // it may be a stranger's
		return "", fmt.Errorf("%.40q... is too long for a name", name)
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" {
			return "", errors.New("no browser sends a zone")
		}
		return addr.String(), nil
	}
	normal, err := punycode.ToASCII(name)
	if err != nil {
		return "", fmt.Errorf("%q is no name of a host (%w)", name, err)
	}
	labels := strings.Split(strings.TrimSuffix(normal, "."), ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, notOfName) {
			return "", fmt.Errorf("%q is no name of a host", name)
		}
	}
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", fmt.Errorf("%q would be an address, and is none (write 127.0.0.1)", name)
	}
	if len(normal) > 254 {
		return "", fmt.Errorf("%.40q... is too long for a name", name)
	}
	return normal, nil
}

func longestLabel(name string) (n int) {
	for label := range strings.SplitSeq(name, ".") {
		n = max(n, len(label))
	}
	return n
}

func notOfName(c rune) bool {
	return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
}

// SameName compares names as NormalName has them; what is none is compared as it is, in any case of letters.
func SameName(a, b string) bool {
	x, errX := NormalName(a)
	y, errY := NormalName(b)
	if errX != nil || errY != nil {
		return strings.EqualFold(a, b)
	}
	return x == y
}

// IsLoopbackName reports whether a host name, without port, is this machine's for itself.
func IsLoopbackName(host string) bool {
	host = strings.Trim(host, "[]")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
