//go:build ignore

// Compute is bench/native's, as a handler.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		sum := uint64(14695981039346656037)
		for range 200 {
			for _, b := range m.Data {
				sum = (sum ^ uint64(b)) * 1099511628211
			}
		}
		m.Data[0] = 'a' + byte(sum%26)
		return r.SendMessage(m)
	})
}
