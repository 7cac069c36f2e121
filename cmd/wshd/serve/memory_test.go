package serve

import (
	"testing"
	"testing/fstest"
)

func TestMemoryLimitIsThatOfTheContainer(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no Linux", nil, 0},
		{"version 2, in a container", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n"}, 512 << 20},
		{"version 2, none", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		{"version 2, a service", map[string]string{"proc/self/cgroup": "0::/system.slice/wshd.service\n",
			"sys/fs/cgroup/system.slice/wshd.service/memory.max": "1000000\n"}, 1000000},
		{"version 2, what is around it", map[string]string{"proc/self/cgroup": "0::/a.slice/wshd.service\n",
			"sys/fs/cgroup/a.slice/wshd.service/memory.max": "max\n", "sys/fs/cgroup/a.slice/memory.max": "2000000\n"}, 2000000},
		{"version 1", map[string]string{"proc/self/cgroup": "5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "3000000\n"}, 3000000},
		{"version 1, none", map[string]string{"proc/self/cgroup": "4:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range tt.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got := memoryLimit(root); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
