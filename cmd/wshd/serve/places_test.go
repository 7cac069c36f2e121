package serve

import "testing"

func TestConnectionsAreAsManyAsThereAreDescriptorsFor(t *testing.T) {
	for _, tt := range []struct{ connections, descriptors, want int }{
		{0, 1024, 896}, {0, 256, 192}, {0, 100, 50}, {0, 1 << 20, 1<<20 - 1024}, {0, unbounded, 0},
		{10, 1024, 10}, {2000, 1024, 2000},
	} {
		if got := placesOf(tt.connections, tt.descriptors); got != tt.want {
			t.Errorf("%d with %d descriptors: got %d, want %d", tt.connections, tt.descriptors, got, tt.want)
		}
	}
	if n := descriptors(); n < 16 {
		t.Errorf("%d descriptors", n)
	}
}
