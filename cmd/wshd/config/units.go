package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written 1MiB, 64KiB or 262144.
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// String writes s with the greatest unit that divides it.
func (s Size) String() string {
	for _, u := range sizeUnits[:3] {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

func parseNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%q is too large", s)
	case err != nil:
		return 0, fmt.Errorf("%q is no number (write digits only, as in 256)", s)
	case n < 0:
		return 0, fmt.Errorf("%q is negative (write 0 or more)", s)
	case s != strconv.Itoa(n):
		return 0, fmt.Errorf("%q is no plain number (write %d)", s, n)
	}
	return n, nil
}

func parseSize(s string) (Size, error) {
	number, unit := s, int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil && errors.Is(err, strconv.ErrRange), err == nil && n > (1<<62)/unit:
		return 0, fmt.Errorf("%q is too large", s)
	case err != nil:
		return 0, fmt.Errorf("%q is no size (write %s)", s, sizeMeant(s))
	case n < 0:
		return 0, fmt.Errorf("%q is negative (0 is no limit)", s)
	}
	return Size(n * unit), nil
}

// looseSize is a size as people write it elsewhere.
var looseSize = regexp.MustCompile(`(?i)^(\d+) *([kmg])(?:i?b)?(?:ytes?)?$`)

// sizeMeant is how to write what somebody took for a size.
func sizeMeant(s string) string {
	if m := looseSize.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		return m[1] + map[string]string{"k": "KiB", "m": "MiB", "g": "GiB"}[strings.ToLower(m[2])]
	}
	return "1MiB, 64KiB or a number of bytes"
}

// looseDuration is a duration as people write it elsewhere.
var looseDuration = regexp.MustCompile(`(?i)^(\d+) *(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)$`)

// durationMeant is how to write what somebody took for a duration.
func durationMeant(s string) string {
	m := looseDuration.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return "500ms, 30s or 5m"
	}
	switch unit := strings.ToLower(m[2]); {
	case unit == "ms" || strings.HasPrefix(unit, "mil"):
		return m[1] + "ms"
	case unit[0] == 'd':
		days, err := strconv.Atoi(m[1])
		if err != nil || days > 36500 {
			return "24h for a day"
		}
		return fmt.Sprintf("%dh", 24*days)
	default:
		return m[1] + unit[:1]
	}
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil && d < 0 {
		return 0, fmt.Errorf("%q is negative", s)
	}
	if err == nil {
		return d, nil
	}
	if _, number := strconv.ParseFloat(s, 64); number == nil {
		return 0, fmt.Errorf("%q has no unit (write %ss, or %sm for minutes)", s, s, s)
	}
	return 0, fmt.Errorf("%q is no duration (write %s)", s, durationMeant(s))
}

// formatDuration writes d as people do: 10s and not 10.000s, 5m and not 5m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if t, ok := strings.CutSuffix(s, "m0s"); ok {
		s = t + "m"
	}
	if t, ok := strings.CutSuffix(s, "h0m"); ok {
		s = t + "h"
	}
	return s
}
