package main

import "encoding/json"

type level int

func (l level) MarshalText() ([]byte, error) { return []byte("high"), nil }

type settings struct{ Level level }

func encode(s settings) ([]byte, error) { return json.Marshal(s) }
