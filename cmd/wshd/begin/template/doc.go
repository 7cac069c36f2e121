// Package handlers is what wshd init lays beside a template; its test runs those of all templates.
package handlers
