-- Drives a Neovim through a short session and writes what the editor then knows to session.txt.
local out = {}
local function say(...)
  table.insert(out, table.concat(vim.tbl_map(tostring, { ... }), " "))
end

local function finish()
  vim.fn.writefile(out, "session.txt")
  vim.cmd("qa!")
end

local function session()
  vim.cmd("edit train.py")
  local buffer = vim.api.nvim_get_current_buf()
  local function known()
    return vim.diagnostic.get(buffer)
  end
  local function wait_for(count)
    vim.wait(30000, function()
      return #known() == count
    end, 20)
    return #known()
  end

  local id = vim.lsp.start_client({
    name = "reprolint",
    cmd = { vim.env.PYTHON, "-m", "reprolint", "server" },
    root_dir = vim.fn.getcwd(),
  })
  vim.lsp.buf_attach_client(buffer, id)
  say("opened", wait_for(1))
  local finding = known()[1]
  say("line", finding.lnum + 1, finding.code or finding.user_data.lsp.code)

  local client = vim.lsp.get_client_by_id(id)
  local document = { uri = vim.uri_from_bufnr(buffer) }
  local first = { line = finding.lnum, character = finding.col }
  local last = { line = finding.end_lnum, character = finding.end_col }
  local function ask(method, parameters)
    return client.request_sync(method, parameters, 30000, buffer).result
  end
  local hover = ask("textDocument/hover", { textDocument = document, position = first })
  say("hover", hover.contents.value:match("unseeded%-torch"))

  local actions = ask("textDocument/codeAction", {
    textDocument = document,
    range = { start = first, ["end"] = last },
    context = { diagnostics = {} },
  })
  local fix
  for _, action in ipairs(actions) do
    if action.kind == "quickfix" and action.title:match("set_seed") then
      fix = action
    end
  end
  if not fix.edit then
    fix = ask("codeAction/resolve", fix)
  end
  vim.lsp.util.apply_workspace_edit(fix.edit, client.offset_encoding)
  say("fixed", wait_for(0))
  vim.cmd("silent write")

  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    if line:match("^%s+set_seed") then
      vim.api.nvim_buf_set_lines(buffer, number - 1, number, false, {})
    end
  end
  say("typed", wait_for(1))
  client.stop()
  vim.wait(10000, client.is_stopped, 20)
  say("stopped", client.is_stopped())
end

local fine, why = pcall(session)
if not fine then
  say(why)
end
finish()
