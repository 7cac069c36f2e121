package admin

// Counts are what has been counted since the start, and not by connection.
type Counts struct {
	Handshakes map[string]int64 `json:"handshakes"` // opening handshakes, by the status they were answered with
	Refused    map[string]int64 `json:"refused"`    // requests that were not let in, by reason
	Limits     map[string]int64 `json:"limits"`     // that were met, by their key
	Hooks      map[string]Calls `json:"hooks"`      // of all handlers, by name
}

// Calls are those of one hook.
type Calls struct {
	Count  int64   `json:"count"`
	Errors int64   `json:"errors"` // panics, and errors that are no answer
	Mean   float64 `json:"mean"`   // seconds
	P95    float64 `json:"p95"`    // seconds that 95 of 100 took at most, by the bounds they are counted in; 0: unknown
}

// CallsOf adds up what each bound counts, in seconds: calls that took no longer, and longer than the bound before.
func CallsOf(count, errors int64, seconds float64, bounds []float64, buckets []int64) Calls {
	c := Calls{Count: count, Errors: errors}
	if count == 0 {
		return c
	}
	c.Mean = seconds / float64(count)
	sum := int64(0)
	for i, n := range buckets {
		if sum += n; sum*100 >= count*95 {
			c.P95 = bounds[i]
			break
		}
	}
	return c
}
