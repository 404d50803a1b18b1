# Starts the servers that tests need, as stores/stores.toml says they are run.
# frozen_string_literal: true

require "fileutils"
require "json"
require "minitest"
require "socket"
require "tmpdir"

# One server in a folder of its own on a free port, until the tests are over.
class Server
  ROOT = File.expand_path("../..", __dir__)
  # Seconds within which a server has to be there.
  PATIENCE_S = 60

  attr_reader :pid, :url

  # Whether the program of a store is installed.
  def self.installed?(name)
    ENV.fetch("PATH").split(":").any? { |folder| File.executable?(File.join(folder, facts(name)["program"])) }
  end

  # The server of a store, started at the first call.
  def self.of(name)
    @all ||= {}
    @all[name] ||= new(facts(name))
  end

  # A section of stores.toml; its values are JSON too.
  def self.facts(name)
    section = File.read(File.join(ROOT, "stores/stores.toml"))[/^\[#{name}\]\n(.*?)(?:^\[|\z)/m, 1]
    section.scan(/^(\w+) = (.*)$/).to_h { |key, value| [key, JSON.parse(value)] }
  end

  def initialize(facts)
    @facts = facts
    @folder = Dir.mktmpdir("docproxy-test")
    @port = TCPServer.open("127.0.0.1", 0) { |server| server.local_address.ip_port }
    run(facts["prepare"]) if facts["prepare"]
    @pid = spawn(*filled([facts["program"], *facts["arguments"]]), %i[out err] => File::NULL)
    Minitest.after_run { stop }
    wait
    run(facts["create"]) if facts["create"]
    @url = filled([facts["url"]]).first
  end

  # Text of the database's own client.
  def query(statement)
    create = filled(@facts["create"]).reject { |word| word.start_with?("--execute") }
    IO.popen([*create, "--batch", "--skip-column-names", "--delimiter=//", "test", "--execute=#{statement}"], err: File::NULL, &:read)
  end

  def signal(name) = Process.kill(name, @pid)

  private

  def filled(words)
    names = { "{root}" => ROOT, "{data}" => @folder, "{port}" => @port.to_s, "{database}" => "test" }
    words.map { |word| word.gsub(/\{\w+\}/, names) }
  end

  def run(words) = system(*filled(words), %i[out err] => File::NULL) || raise("#{words.first} failed")

  def wait
    (PATIENCE_S * 20).times do
      return TCPSocket.new("127.0.0.1", @port).close
    rescue SystemCallError
      sleep(0.05)
    end
    raise "no server came up on port #{@port}"
  end

  def stop
    signal(:CONT)
    signal(:KILL)
    Process.wait(@pid)
    FileUtils.remove_entry(@folder)
  end
end
