package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// promtool is Prometheus's; where it is missing the test is skipped, but not in CI.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("there is no promtool: CI must install it")
	}
	if err != nil {
		t.Skip("there is no promtool on this machine: apt install prometheus, and this test runs")
	}
	if out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
}

// TestDashboardAndAlerts: promtool takes the alert rules, and the expressions of the Grafana dashboard as rules; and
// both ask for metrics only that the documents name, as a test holds these to the code.
func TestDashboardAndAlerts(t *testing.T) {
	operations, err := os.ReadFile(checkout + "/docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := os.ReadFile(checkout + "/docs/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(checkout + "/docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	rules := "groups:\n  - name: dashboard\n    rules:\n"
	n := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			n++
			expr := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*").Replace(target.Expr)
			rules += "      - record: panel:" + string(rune('a'+n%26)) + strings.Repeat("x", n/26) + "\n        expr: '" + expr + "'\n"
		}
	}
	if n < 10 {
		t.Errorf("the dashboard asks %d questions", n)
	}
	used := regexp.MustCompile(`\bwshd_[a-z_]+`).FindAllString(string(alerts)+rules, -1)
	for _, name := range used {
		name = strings.TrimSuffix(name, "_bucket")
		if !strings.Contains(string(operations), "`"+name+"`") && !strings.Contains(string(operations), "`"+name+"{") {
			t.Errorf("%s is no metric of docs/operations.md", name)
		}
	}
	promtool(t, "check", "rules", checkout+"/docs/alerts.yaml")
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}

// TestAlertsFire: some of them, by promtool, on series that were made up.
func TestAlertsFire(t *testing.T) {
	rules, err := filepath.Abs(checkout + "/docs/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "test.yaml")
	if err := os.WriteFile(file, []byte("rule_files: ["+rules+"]\n"+alertTests), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "test", "rules", file)
}

const alertTests = `evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {series: 'up{job="wshd",instance="a"}', values: '1 1 0x10'}
      - {series: 'wshd_handlers{instance="a",state="failing"}', values: '0 0 2x20'}
      - {series: 'wshd_certificate_seconds_left{instance="a",file="cert.pem"}', values: '86400x20'}
      - {series: 'wshd_closes_total{instance="a",path="/chat",code="1006"}', values: '0+60x40'}
      - {series: 'wshd_closes_total{instance="a",path="/chat",code="1000"}', values: '0+20x40'}
    alert_rule_test:
      - {eval_time: 2m, alertname: WshdDown, exp_alerts: []}
      - eval_time: 6m
        alertname: WshdDown
        exp_alerts:
          - {exp_labels: {job: wshd, instance: a, severity: page}, exp_annotations: {summary: a does not answer}}
      - eval_time: 15m
        alertname: WshdHandlerBroken
        exp_alerts:
          - {exp_labels: {instance: a, state: failing, severity: ticket}, exp_annotations: {summary: 2 paths of a have a script that does not load; /status has the lines}}
      - eval_time: 1m
        alertname: WshdCertificateEnds
        exp_alerts:
          - {exp_labels: {instance: a, file: cert.pem, severity: ticket}, exp_annotations: {summary: cert.pem ends in 1d 0h 0m 0s}}
      - eval_time: 30m
        alertname: WshdConnectionsCut
        exp_alerts:
          - {exp_labels: {instance: a, severity: ticket}, exp_annotations: {summary: "most connections of a end without a Close frame: a network or a proxy cuts them"}}
`
