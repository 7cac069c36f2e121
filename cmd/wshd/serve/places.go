package serve

// unbounded is as many descriptors as no machine has.
const unbounded = 1 << 30

// adminPlaces bounds the connections to the admin listener. One client has half of them at most, so that the
// others still learn whether wshd is healthy: see limit.Accepted.
const adminPlaces = 64

// placesOf is how many connections there may be at once: as limits.connections has it, or else as many as
// there are descriptors for, less those for files, CGI programs, the admin listener and handlers.
func placesOf(connections, descriptors int) int {
	if connections > 0 || descriptors >= unbounded {
		return connections
	}
	return descriptors - min(max(adminPlaces+32, descriptors/8), 1024, descriptors/2)
}
