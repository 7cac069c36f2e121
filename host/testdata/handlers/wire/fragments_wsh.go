//go:build ignore

// Fragments sends one message in four frames and one in two.
package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	for _, text := range []string{"Hello", " ", "World"} {
		if err := r.SendFragment(wsh.Text(text), false); err != nil {
			return err
		}
	}
	if err := r.SendFragment(wsh.Text("!"), true); err != nil {
		return err
	}
	if err := r.SendFragment(wsh.Text("Hello World!"), false); err != nil {
		return err
	}
	return r.SendFragment(wsh.Text(""), true)
}
