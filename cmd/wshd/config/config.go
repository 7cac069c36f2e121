// Package config is all that can be set, by a file, the environment and the command line.
package config

import (
	"fmt"
	"time"

	"wshd/host/listen"
)

// Config is all that can be set. A new key is a field here, its use (cmd/wshd/serve), its line in
// config.yaml and its line in usage.go; TestEveryKeyIsInItsPlaces names what was forgotten. A tag says
// all else that there is to know of it:
//
//	yaml      its name in config.yaml, of which flags and environment variables are made
//	default   its value when nobody sets it, as a flag has it; without it the zero value
//	path      it is a file or folder, or several: in config.yaml they are relative to the file
//	oneof     what a string may be
//	required  it may not be empty or zero, and why
//	paths     it can be set for some paths only, under the key paths
//	restart   it is taken at start only: the listeners have been opened with it, or rooms
//	secret    it is never shown
type Config struct {
	Listen            []listen.Address `yaml:"listen" default:"localhost:9998" restart:"true"`
	Handlers          string           `yaml:"handlers" default:"scripts" required:"no folder" path:"true"`
	Scan              string           `yaml:"scan"`
	Aliases           Aliases          `yaml:"aliases"`
	AllowOutsideLinks bool             `yaml:"allow_outside_links"`
	DocumentRoot      string           `yaml:"document_root" path:"true"`
	CGI               []string         `yaml:"cgi"`
	CGITime           time.Duration    `yaml:"cgi_time" default:"60s" required:"programs may not run forever (write 60s)"`
	CGIProcesses      int              `yaml:"cgi_processes" default:"16" required:"no program could run (write 16)"`

	TLS struct {
		Certificate string `yaml:"certificate" restart:"true" path:"true"`
		Key         string `yaml:"key" restart:"true" path:"true"`
		ClientCA    string `yaml:"client_ca" restart:"true" path:"true"`
		ClientAuth  string `yaml:"client_auth" default:"off" restart:"true" oneof:"off optional required"`
		HTTP2       bool   `yaml:"http2" restart:"true"`
	} `yaml:"tls"`

	ValidationHost string   `yaml:"validation_host"`
	ValidationPort int      `yaml:"validation_port"`
	Origins        []string `yaml:"origins" default:"default" paths:"true"`

	Auth struct {
		Basic  string `yaml:"basic" path:"true" paths:"true"`
		Bearer struct {
			Keys     []string `yaml:"keys" path:"true" paths:"true"`
			Audience string   `yaml:"audience" paths:"true"`
			Issuer   string   `yaml:"issuer" paths:"true"`
			Cookie   string   `yaml:"cookie" paths:"true"`
			Expiry   string   `yaml:"expiry" default:"handshake" oneof:"handshake close" paths:"true"`
		} `yaml:"bearer"`
	} `yaml:"auth"`

	Networks       []string `yaml:"networks" paths:"true"`
	TrustedProxies []string `yaml:"trusted_proxies"`
	Protocols      []string `yaml:"protocols" paths:"true"`

	Paths Paths `yaml:"paths"`

	Scripts struct {
		Imports []string      `yaml:"imports" default:"default"`
		CPU     time.Duration `yaml:"cpu" default:"10s" required:"scripts may not run forever (write 10s)"`
		Depth   int           `yaml:"depth" default:"100000"`
		Compile []string      `yaml:"compile" default:"needed"`
		Isolate []string      `yaml:"isolate"`
		Memory  Size          `yaml:"memory" default:"512MiB"`
		Cache   string        `yaml:"cache" path:"true"`
		Cgo     bool          `yaml:"cgo"`
		User    string        `yaml:"user"`
		Env     []string      `yaml:"env"`
	} `yaml:"scripts"`

	Limits struct {
		Connections         int           `yaml:"connections" paths:"true"`
		PerClient           int           `yaml:"per_client" paths:"true"`
		HandshakesPerSecond int           `yaml:"handshakes_per_second"`
		HandshakeTimeout    time.Duration `yaml:"handshake_timeout" default:"10s" required:"clients may not take forever (write 10s)" restart:"true"`
		HeaderSize          Size          `yaml:"header_size" default:"64KiB" restart:"true"`
		MessageSize         Size          `yaml:"message_size" default:"1MiB" paths:"true"`
		MessagesPerSecond   int           `yaml:"messages_per_second" paths:"true"`
		BytesPerSecond      Size          `yaml:"bytes_per_second" paths:"true"`
		OverRate            string        `yaml:"over_rate" default:"wait" oneof:"wait close" paths:"true"`
		WriteBuffer         Size          `yaml:"write_buffer" default:"1MiB" required:"a client that is slow for a moment would lose messages (write 1MiB)"`
		WriteTimeout        time.Duration `yaml:"write_timeout" default:"30s" paths:"true"`
		IdleTimeout         time.Duration `yaml:"idle_timeout" paths:"true"`
		Lifetime            time.Duration `yaml:"lifetime" paths:"true"`
	} `yaml:"limits"`

	Ping struct {
		Interval time.Duration `yaml:"interval" default:"25s"`
		Timeout  time.Duration `yaml:"timeout" default:"20s"`
	} `yaml:"ping"`

	Rooms struct {
		Queue       int       `yaml:"queue" default:"256" required:"a member's queue holds at least one message"`
		Overflow    string    `yaml:"overflow" default:"drop_oldest" oneof:"drop_oldest close"`
		History     Histories `yaml:"history" restart:"true"`
		HistorySize Size      `yaml:"history_size" default:"256MiB" restart:"true" required:"what rooms keep has to be bounded (write 256MiB; rooms.history: {} keeps nothing)"`
		Store       string    `yaml:"store" restart:"true" path:"true"`
		Sync        bool      `yaml:"sync" restart:"true"`
		NATS        struct {
			Servers     []string `yaml:"servers" restart:"true"`
			Credentials string   `yaml:"credentials" restart:"true" path:"true"`
			CA          string   `yaml:"ca" restart:"true" path:"true"`
			Prefix      string   `yaml:"prefix" default:"wshd" restart:"true" required:"a name for the subjects and streams (write wshd)"`
			Replicas    int      `yaml:"replicas" default:"1" restart:"true"`
		} `yaml:"nats"`
	} `yaml:"rooms"`

	Compression struct {
		Enabled         bool `yaml:"enabled" default:"true"`
		ContextTakeover bool `yaml:"context_takeover" default:"true"`
		Window          Size `yaml:"window" default:"4KiB"`
		Threshold       Size `yaml:"threshold"`
	} `yaml:"compression"`

	Admin struct {
		Listen       string   `yaml:"listen" restart:"true"`
		Token        string   `yaml:"token" secret:"true"`
		PublishToken string   `yaml:"publish_token" secret:"true"`
		Hosts        []string `yaml:"hosts"`
		Pprof        bool     `yaml:"pprof"`
	} `yaml:"admin"`

	Log struct {
		Level   string `yaml:"level" default:"info" oneof:"debug info warn error fine warning critical"`
		Format  string `yaml:"format" default:"text" oneof:"text json"`
		File    string `yaml:"file" path:"true"`
		MaxSize Size   `yaml:"max_size" default:"10MiB"`
		Backups int    `yaml:"backups" default:"5"`
	} `yaml:"log"`

	Drain time.Duration `yaml:"drain" default:"10s"`
}

// Defaults is the configuration of wshd without a file, a variable or a flag.
func Defaults() Config {
	var c Config
	for _, k := range Keys(&c) {
		if value, ok := k.tag.Lookup("default"); ok {
			if err := k.Set(value); err != nil {
				panic(fmt.Sprintf("default of %s: %v", k.Name, err))
			}
		}
	}
	return c
}
