package main

import "net/url"

func secure(u *url.URL) bool { return u.Scheme == "https" }
