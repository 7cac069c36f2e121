// Package config is all that can be set, by a file, the environment and the command line.
package config

import (
	"time"

	"wshd/host/listen"
)

// Config is all that can be set. The yaml tags are the keys of config.yaml; flags and environment
// variables are made of the same names, so that none of them can be forgotten. A field tagged path
// is a file or folder, or several: in config.yaml they are relative to the file. oneof lists what a string may be.
// A field tagged paths can be set for some paths only, under the key paths.
type Config struct {
	Listen            []listen.Address `yaml:"listen"`
	Handlers          string           `yaml:"handlers" path:"true"`
	Scan              string           `yaml:"scan"`
	Aliases           Aliases          `yaml:"aliases"`
	AllowOutsideLinks bool             `yaml:"allow_outside_links"`
	DocumentRoot      string           `yaml:"document_root" path:"true"`
	CGI               []string         `yaml:"cgi"`

	TLS struct {
		Certificate string `yaml:"certificate" path:"true"`
		Key         string `yaml:"key" path:"true"`
		ClientCA    string `yaml:"client_ca" path:"true"`
		ClientAuth  string `yaml:"client_auth" oneof:"off optional required"`
	} `yaml:"tls"`

	ValidationHost string   `yaml:"validation_host"`
	ValidationPort int      `yaml:"validation_port"`
	Origins        []string `yaml:"origins" paths:"true"`

	Auth struct {
		Basic  string `yaml:"basic" path:"true" paths:"true"`
		Bearer struct {
			Keys     []string `yaml:"keys" path:"true" paths:"true"`
			Audience string   `yaml:"audience" paths:"true"`
			Issuer   string   `yaml:"issuer" paths:"true"`
			Cookie   string   `yaml:"cookie" paths:"true"`
		} `yaml:"bearer"`
	} `yaml:"auth"`

	Networks       []string `yaml:"networks" paths:"true"`
	TrustedProxies []string `yaml:"trusted_proxies"`
	Protocols      []string `yaml:"protocols" paths:"true"`

	Paths Paths `yaml:"paths"`

	Scripts struct {
		Imports []string      `yaml:"imports"`
		CPU     time.Duration `yaml:"cpu"`
		Depth   int           `yaml:"depth"`
	} `yaml:"scripts"`

	Limits struct {
		Connections         int           `yaml:"connections" paths:"true"`
		PerClient           int           `yaml:"per_client" paths:"true"`
		HandshakesPerSecond int           `yaml:"handshakes_per_second"`
		HandshakeTimeout    time.Duration `yaml:"handshake_timeout"`
		HeaderSize          Size          `yaml:"header_size"`
		MessageSize         Size          `yaml:"message_size" paths:"true"`
		MessagesPerSecond   int           `yaml:"messages_per_second" paths:"true"`
		BytesPerSecond      Size          `yaml:"bytes_per_second" paths:"true"`
		OverRate            string        `yaml:"over_rate" oneof:"wait close" paths:"true"`
		WriteBuffer         Size          `yaml:"write_buffer"`
		WriteTimeout        time.Duration `yaml:"write_timeout" paths:"true"`
		IdleTimeout         time.Duration `yaml:"idle_timeout" paths:"true"`
		Lifetime            time.Duration `yaml:"lifetime" paths:"true"`
	} `yaml:"limits"`

	Ping struct {
		Interval time.Duration `yaml:"interval"`
		Timeout  time.Duration `yaml:"timeout"`
	} `yaml:"ping"`

	Rooms struct {
		Queue    int    `yaml:"queue"`
		Overflow string `yaml:"overflow" oneof:"drop_oldest close"`
	} `yaml:"rooms"`

	Compression struct {
		Enabled         bool `yaml:"enabled"`
		ContextTakeover bool `yaml:"context_takeover"`
		Threshold       Size `yaml:"threshold"`
	} `yaml:"compression"`

	Admin struct {
		Listen string   `yaml:"listen"`
		Token  string   `yaml:"token" secret:"true"`
		Hosts  []string `yaml:"hosts"`
		Pprof  bool     `yaml:"pprof"`
	} `yaml:"admin"`

	Log struct {
		Level   string `yaml:"level" oneof:"debug info warn error fine warning critical"`
		Format  string `yaml:"format" oneof:"text json"`
		File    string `yaml:"file" path:"true"`
		MaxSize Size   `yaml:"max_size"`
		Backups int    `yaml:"backups"`
	} `yaml:"log"`

	Drain time.Duration `yaml:"drain"`
}

// Defaults is the configuration of wshd without a file, a variable or a flag.
func Defaults() Config {
	var c Config
	c.Listen = []listen.Address{{Network: "tcp", Name: "localhost:9998"}}
	c.Handlers = "scripts"
	c.TLS.ClientAuth = "off"
	c.Origins = []string{"default"}
	c.Scripts.Imports = []string{"default"}
	c.Scripts.CPU = 10 * time.Second
	c.Scripts.Depth = 1000
	c.Limits.HandshakeTimeout = 10 * time.Second
	c.Limits.HeaderSize = 64 << 10
	c.Limits.MessageSize = 1 << 20
	c.Limits.OverRate = "wait"
	c.Limits.WriteBuffer = 1 << 20
	c.Limits.WriteTimeout = 30 * time.Second
	c.Ping.Interval = 25 * time.Second
	c.Ping.Timeout = 20 * time.Second
	c.Rooms.Queue = 256
	c.Rooms.Overflow = "drop_oldest"
	c.Compression.Enabled = true
	c.Compression.ContextTakeover = true
	c.Log.Level = "info"
	c.Log.Format = "text"
	c.Log.MaxSize = 10 << 20
	c.Log.Backups = 5
	c.Drain = 10 * time.Second
	return c
}
