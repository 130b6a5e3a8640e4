# Process 1 of a node's namespaces (network, mounts, pids): namespaces.sh SCRATCH GROUP ADDRESS NAMES COMMAND...
# Makes them ready, runs COMMAND, and reaps what containers leave behind. SCRATCH is an empty directory for what the node writes to
# places of its own choice; NAMES are host names of ADDRESS, the node's own.
set -eu
scratch=$1 group=$2 address=$3 names=$4
shift 4

# The kubelet, containerd and the CNI plugins write there whatever they are told.
for directory in run var/lib var/log; do
  mkdir -p "$scratch/upper/$directory" "$scratch/work/$directory"
  layers="lowerdir=/$directory,upperdir=$scratch/upper/$directory,workdir=$scratch/work/$directory"
  mount -t overlay -o "$layers" overlay "/$directory"
done
printf '127.0.0.1 localhost\n%s %s\n' "$address" "$names" >"$scratch/hosts"
mount --bind "$scratch/hosts" /etc/hosts

# The kubelet sets these of the whole machine, unless they are as it wants them.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$scratch/$(echo "${setting%=*}" | tr / -)
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

ip link set lo up
ip link add node0 type bridge
ip address add "$address/24" dev node0
ip link set node0 up
# Services are reached by a route that leads nowhere else.
ip route add default dev node0
echo 1 >/proc/sys/net/ipv4/ip_forward

# A control group of our own, so that the kubelet meets no other one's; in each hierarchy of version 1.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
  done
  mkdir -p "/sys/fs/cgroup/$group"
else
  for hierarchy in /sys/fs/cgroup/*/; do
    [ ! -e "$hierarchy/cgroup.controllers" ] || continue
    mkdir -p "$hierarchy$group"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$hierarchy$file" ] || cat "$hierarchy$file" >"$hierarchy$group/$file"
    done
  done
fi

# Not by exec: this shell has to stay, as process 1.
status=0
"$@" || status=$?
exit "$status"
