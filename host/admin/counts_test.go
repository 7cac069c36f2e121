package admin

import (
	"encoding/json"
	"testing"
)

func TestCallsOfAHook(t *testing.T) {
	bounds := []float64{.001, .01, .1}
	for _, tt := range []struct {
		name    string
		count   int64
		buckets []int64
		want    Calls
	}{
		{"none", 0, []int64{0, 0, 0}, Calls{}},
		{"all quick", 4, []int64{4, 0, 0}, Calls{Count: 4, Mean: .5, P95: .001}},
		{"one of twenty slow", 20, []int64{19, 0, 1}, Calls{Count: 20, Mean: .1, P95: .001}},
		{"two of twenty slow", 20, []int64{18, 0, 2}, Calls{Count: 20, Mean: .1, P95: .1}},
		{"slower than any bound", 2, []int64{0, 0, 0}, Calls{Count: 2, Mean: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := CallsOf(tt.count, 0, 2, bounds, tt.buckets); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestStatusAsJSON(t *testing.T) {
	c := testConfig()
	c.Counts = func() Counts { return Counts{Refused: map[string]int64{"origin not allowed": 3}} }
	a := newAdmin(t, c)
	if got := get(a, "GET", "/status.json"); got.Code != 401 {
		t.Errorf("without a token: got %d, want 401", got.Code)
	}
	got := get(a, "GET", "/status.json?filter=ANN", "Authorization: Bearer "+token)
	var n news
	if err := json.Unmarshal(got.Body.Bytes(), &n); err != nil || got.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%v: %v %s", err, got.Header(), got.Body)
	}
	if n.Version != "v9" || n.Found != 1 || n.Connections[0].User != "Ann" || n.Counts.Refused["origin not allowed"] != 3 || len(n.Handlers) != 1 {
		t.Errorf("got %+v", n)
	}
}
