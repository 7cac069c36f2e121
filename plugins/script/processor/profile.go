package processor

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"time"
)

// The numbers of the fields of a profile that are read here:
// https://github.com/google/pprof/blob/main/proto/profile.proto.
const (
	profileSample  = 2
	profileStrings = 6
	sampleValue    = 2 // how many, and their nanoseconds
	sampleLabel    = 3
	labelKey       = 1
	labelText      = 2
)

// labelled is how long the processor worked, by the text of a label of the goroutines. Of what is no CPU
// profile it is empty.
func labelled(profile []byte, key string) map[string]time.Duration {
	z, err := gzip.NewReader(bytes.NewReader(profile))
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	var names []string
	eachField(text, func(field int, _ uint64, part []byte) {
		if field == profileStrings {
			names = append(names, string(part))
		}
	})
	name := func(i uint64) string {
		if i < uint64(len(names)) {
			return names[i]
		}
		return ""
	}
	used := map[string]time.Duration{}
	eachField(text, func(field int, _ uint64, sample []byte) {
		if field == profileSample {
			spent, of := sampled(sample, func(label uint64) bool { return name(label) == key })
			if of != 0 {
				used[name(of)] += spent
			}
		}
	})
	return used
}

// sampled is how long the processor worked in a sample, and the text of the label that is the one; 0: it has none.
func sampled(sample []byte, isOne func(key uint64) bool) (spent time.Duration, of uint64) {
	eachField(sample, func(field int, number uint64, part []byte) {
		switch field {
		case sampleValue: // the last; they are together or one by one
			for n := 0; len(part) > 0 && n >= 0; part = part[n:] {
				if number, n = binary.Uvarint(part); n <= 0 {
					return
				}
			}
			spent = time.Duration(number)
		case sampleLabel:
			var key, text uint64
			eachField(part, func(field int, number uint64, _ []byte) {
				switch field {
				case labelKey:
					key = number
				case labelText:
					text = number
				}
			})
			if isOne(key) {
				of = text
			}
		}
	})
	return spent, of
}

// eachField calls f for each field of a message of protocol buffers: with its number, or its bytes.
func eachField(message []byte, f func(field int, number uint64, part []byte)) {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return
		}
		message = message[n:]
		number, n := binary.Uvarint(message)
		if n <= 0 {
			return
		}
		message = message[n:]
		switch tag & 7 {
		case 0:
			f(int(tag>>3), number, nil)
		case 2:
			if number > uint64(len(message)) {
				return
			}
			f(int(tag>>3), 0, message[:number])
			message = message[number:]
		default:
			return // profiles have none
		}
	}
}
