package door

import (
	"fmt"
	"net/netip"
	"strings"
)

// ParseNetworks reads networks such as 10.0.0.0/8, 2001:db8::/32, or one address alone.
func ParseNetworks(list []string) (networks []netip.Prefix, err error) {
	for _, entry := range list {
		p, err := parseNetwork(entry)
		if err != nil {
			return nil, err
		}
		networks = append(networks, p)
	}
	return networks, nil
}

func parseNetwork(entry string) (netip.Prefix, error) {
	if !strings.Contains(entry, "/") {
		a, err := netip.ParseAddr(entry)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%q is no network (write 10.0.0.0/8, 2001:db8::/32 or one address)", entry)
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(entry)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("%q is no network (write 10.0.0.0/8, 2001:db8::/32 or one address)", entry)
	case p.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%q is an IPv4 network in IPv6's clothes (write it as IPv4: 10.0.0.0/8)", entry)
	case p != p.Masked():
		return netip.Prefix{}, fmt.Errorf("%q is an address in a network (write %s for the network, or %s for the address)", entry, p.Masked(), p.Addr())
	}
	return p, nil
}

// allowsNetwork reports whether a client at remote, an address with or without a port, may come in.
// One without an IP address, on a unix socket, may only if every address may.
func (r *Rules) allowsNetwork(remote string) bool {
	if len(r.Networks) == 0 {
		return true
	}
	a, err := netip.ParseAddr(HostName(remote))
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	for _, p := range r.Networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
