package main

import "testing"

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		of   []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 2, 100}, 3},
	} {
		if got := median(test.of); got != test.want {
			t.Errorf("%v: got %v, want %v", test.of, got, test.want)
		}
	}
}

func TestRowTellsEveryPeer(t *testing.T) {
	r := result{Title: "echo", Unit: "µs", Wshd: 1, Peers: []peerResult{{"Read", 2, 0.5, 0.45}, {"Reader", 4, 0.25, 1.1}, {"bare", 0.5, 2, 0}}}
	want := "| echo | µs | 1.00 | 2.00 (Read) | 0.50 | ≤ 0.45 |\n| echo | µs | 1.00 | 4.00 (Reader) | 0.25 | ≤ 1.10 |\n| echo | µs | 1.00 | 0.50 (bare) | 2.00 |  |\n"
	if got := r.row(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
