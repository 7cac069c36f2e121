package main

import "encoding/json"

type level int

func (l *level) UnmarshalText(text []byte) error {
	*l = level(len(text))
	return nil
}

type settings struct{ Level level }

func decode(data []byte) (s settings, err error) {
	err = json.Unmarshal(data, &s)
	return s, err
}
