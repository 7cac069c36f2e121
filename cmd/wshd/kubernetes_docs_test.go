package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/plugins/script"
)

type named struct{ Name string }

type configMap struct {
	APIVersion, Kind string
	Metadata         named
	Data             map[string]string
}

type deployment struct {
	APIVersion, Kind string
	Metadata         named
	Spec             struct {
		Replicas int
		Selector struct{ MatchLabels map[string]string }
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
	}
}

type pod struct {
	TerminationGracePeriodSeconds int
	AutomountServiceAccountToken  bool
	SecurityContext               struct {
		RunAsNonRoot          bool
		RunAsUser, RunAsGroup int
		SeccompProfile        struct{ Type string }
	}
	Containers []container
	Volumes    []struct {
		Name      string
		ConfigMap named
		EmptyDir  map[string]string
	}
}

type container struct {
	Name, Image string
	Env         []struct{ Name, Value string }
	Ports       []struct {
		Name          string
		ContainerPort int
	}
	SecurityContext struct {
		AllowPrivilegeEscalation, ReadOnlyRootFilesystem bool
		Capabilities                                     struct{ Drop []string }
	}
	ReadinessProbe, LivenessProbe struct {
		Exec                                            struct{ Command []string }
		TCPSocket                                       struct{ Port string }
		PeriodSeconds, TimeoutSeconds, FailureThreshold int
	}
	Lifecycle struct {
		PreStop struct{ Sleep struct{ Seconds int } }
	}
	Resources    struct{ Requests, Limits map[string]string }
	VolumeMounts []struct {
		Name, MountPath string
		ReadOnly        bool
	}
}

type service struct {
	APIVersion, Kind string
	Metadata         named
	Spec             struct {
		Selector map[string]string
		Ports    []struct {
			Name, TargetPort string
			Port             int
		}
	}
}

func TestKubernetesFitsTheImage(t *testing.T) {
	var handlers, settings configMap
	var d deployment
	var front service
	strict(t, "kubernetes.yaml", &handlers, &settings, &d, &front)
	p := d.Spec.Template.Spec
	c := p.Containers[0]
	env := map[string]string{}
	for _, e := range c.Env {
		env[e.Name] = e.Value
	}
	// The configuration is read from where the config map is mounted.
	mounts := map[string]string{}
	for _, m := range c.VolumeMounts {
		mounts[m.Name] = m.MountPath
	}
	dir, file := filepath.Split(env["WSHD_CONFIG"])
	if filepath.Clean(dir) != mounts["config"] {
		t.Errorf("the configuration is looked for in %s, and mounted at %s", dir, mounts["config"])
	}
	env["WSHD_CONFIG"] = writeFile(t, file, settings.Data[file])
	s := imageSettings(t, env)
	if s.Handlers != mounts["handlers"] {
		t.Errorf("handlers are looked for in %s, and mounted at %s", s.Handlers, mounts["handlers"])
	}
	if s.Listen[0].Name != ":"+imageSays(t, "EXPOSE") || strconv.Itoa(c.Ports[0].ContainerPort) != imageSays(t, "EXPOSE") {
		t.Errorf("listens on %v, the port is %d", s.Listen, c.Ports[0].ContainerPort)
	}
	for _, v := range p.Volumes {
		if name := v.ConfigMap.Name; mounts[v.Name] == "" || name != "" && name != handlers.Metadata.Name && name != settings.Metadata.Name {
			t.Errorf("volume %s is mounted at %q and holds %q", v.Name, mounts[v.Name], name)
		}
	}
	grace := time.Duration(p.TerminationGracePeriodSeconds-c.Lifecycle.PreStop.Sleep.Seconds) * time.Second
	if grace <= s.Drain {
		t.Errorf("%v are left to go down in, which may take %v", grace, s.Drain)
	}
	if !maps.Equal(d.Spec.Selector.MatchLabels, d.Spec.Template.Metadata.Labels) || !maps.Equal(front.Spec.Selector, d.Spec.Template.Metadata.Labels) {
		t.Error("the labels do not find the pods")
	}
	if front.Spec.Ports[0].TargetPort != c.Ports[0].Name || c.LivenessProbe.TCPSocket.Port != c.Ports[0].Name {
		t.Error("the port is called by another name")
	}
	loadMapped(t, handlers)
}

// loadMapped loads each handler of the config map.
func loadMapped(t *testing.T, handlers configMap) {
	t.Helper()
	for name, text := range handlers.Data {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := script.Load(t.Context(), script.Config{}, file, name); err != nil {
			t.Error(err)
		}
	}
}

func TestKubernetesGivesNoMoreRightsThanNeeded(t *testing.T) {
	var handlers, settings configMap
	var d deployment
	var front service
	strict(t, "kubernetes.yaml", &handlers, &settings, &d, &front)
	p := d.Spec.Template.Spec
	c := p.Containers[0]
	user, _, _ := strings.Cut(imageSays(t, "USER"), ":")
	if p.AutomountServiceAccountToken || !p.SecurityContext.RunAsNonRoot || strconv.Itoa(p.SecurityContext.RunAsUser) != user ||
		p.SecurityContext.SeccompProfile.Type != "RuntimeDefault" {
		t.Errorf("got %+v", p.SecurityContext)
	}
	if s := c.SecurityContext; s.AllowPrivilegeEscalation || !s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) {
		t.Errorf("got %+v", s)
	}
	for _, m := range c.VolumeMounts {
		if !m.ReadOnly && m.Name != "tmp" {
			t.Errorf("%s can be written", m.Name)
		}
	}
	// The probe is a command of the image's program, and is given up when that gives up.
	probe := c.ReadinessProbe
	if len(probe.Exec.Command) < 2 || probe.Exec.Command[0] != "/wshd" || probe.TimeoutSeconds < 5 {
		t.Fatalf("got %+v", probe)
	}
	f, err := config.ParseFlags(probe.Exec.Command[1:])
	if err != nil || !slices.ContainsFunc(commandTable(), func(c command) bool { return c.name == f.Args[0] }) {
		t.Errorf("%q: got %v, %v", probe.Exec.Command, f.Args, err)
	}
}
