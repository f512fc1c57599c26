# Findings and timelines of hvtriage as objects. Needs the command hvtriage in PATH, or its place in
# $env:HVTRIAGE. Works with Windows PowerShell 5.1 and PowerShell 7.

Set-StrictMode -Version Latest

function Get-HvtriageCommand {
    if ($env:HVTRIAGE) { return $env:HVTRIAGE }
    (Get-Command -Name hvtriage -CommandType Application -ErrorAction Stop | Select-Object -First 1).Path
}

# Runs hvtriage and gives each line of its output as an object, while it runs.
function Invoke-HvtriageLine {
    param([string[]] $ArgumentList)
    $command = Get-HvtriageCommand
    # The command writes UTF-8, whatever the code page of the console is.
    $encoding = [Console]::OutputEncoding
    [Console]::OutputEncoding = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false
    try {
        & $command @ArgumentList | ForEach-Object -Process { $_ | ConvertFrom-Json }
        # 1: --fail-on is met; 3: with --strict something could not be read. Both leave a report.
        if ($LASTEXITCODE -notin 0, 1, 3) { throw "hvtriage ended with exit code $LASTEXITCODE" }
    } finally {
        [Console]::OutputEncoding = $encoding
    }
}

<#
.SYNOPSIS
Reads evidence as one case and gives its findings as objects.
.PARAMETER Path
Files, folders and archives.
.PARAMETER IncludeAll
Also give problems and the summary; each object tells by its property type which it is.
.EXAMPLE
Get-HvtriageFinding -Path C:\Cases\4711 | Where-Object severity -in critical, high | Select-Object rule, machine, message
#>
function Get-HvtriageFinding {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string[]] $Path,
        [string[]] $Rules = @(),
        [switch] $IncludeAll
    )
    $arguments = @('analyze', '--format', 'jsonl')
    foreach ($folder in $Rules) { $arguments += @('--rules', $folder) }
    # Behind two dashes a name that begins with one is a path.
    $arguments += @('--') + $Path
    Invoke-HvtriageLine -ArgumentList $arguments | Where-Object -FilterScript { $IncludeAll -or $_.type -eq 'finding' }
}

<#
.SYNOPSIS
Gives the events of all machines in order of time as objects.
.EXAMPLE
Get-HvtriageTimeline -Path C:\Cases\4711 -Machine HV01 -Since 2012-01-08T21:00:00Z | Format-Table datetime, message
#>
function Get-HvtriageTimeline {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string[]] $Path,
        [string[]] $Machine = @(),
        [string] $Since,
        [string] $Until
    )
    $arguments = @('timeline', '--format', 'timesketch')
    foreach ($name in $Machine) { $arguments += @('--machine', $name) }
    if ($Since) { $arguments += @('--since', $Since) }
    if ($Until) { $arguments += @('--until', $Until) }
    $arguments += @('--') + $Path
    Invoke-HvtriageLine -ArgumentList $arguments
}

Export-ModuleMember -Function Get-HvtriageFinding, Get-HvtriageTimeline
