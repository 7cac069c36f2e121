package main

import "log/slog"

type token string

func (token) LogValue() slog.Value { return slog.StringValue("***") }

func note(l *slog.Logger, t token) { l.Info("login", "token", t) }
